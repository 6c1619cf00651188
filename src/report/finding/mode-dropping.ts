import { contextRecall } from '../../evaluation/metric/context-recall.ts';
import { recall } from '../../evaluation/metric/recall.ts';
import type { Quality } from '../../evaluation/metric/table.ts';
import { estimateText, valueText } from '../number.ts';
import type { Entry, Summary } from '../summary.ts';
import { defineDiagnostic } from './finding.ts';
import { studentRows, whereText } from './students.ts';

/** What it makes is right, but part of what the teacher makes never comes. */
export const modeDropping = defineDiagnostic({
  name: 'mode-dropping',
  title: 'Mode dropping',
  find: ({ summary }) =>
    studentRows(summary).flatMap(({ name, entries }) => {
      const dropping = entries.filter((entry) => dropsModes(entry, summary));
      const [first] = dropping;
      if (first === undefined) return [];
      return {
        where: whereText(name, dropping),
        evidence: `What it makes lies where the teacher’s lies, but ${recallText(first, summary)}.`,
        advice:
          'Losses that seek modes leave some out: use energy or a regression, give dmd2 fewer steps or a lower learning rate, and train on more draws of each context.',
      };
    }),
});

/** How far recall may fall and precision may follow it. */
const [LOST, KEPT] = [0.05, 0.05];

type Pair = readonly ['contextPrecision' | 'precision', 'contextRecall' | 'recall'];

/** Recall well below the reference's while precision is not: in contexts to the floor, of images to the teacher's own. */
const dropsModes = ({ quality }: Entry, { evaluation, teacher }: Summary): boolean =>
  isOneSided(quality, evaluation.floors.teacherTeacher, ['contextPrecision', 'contextRecall']) ||
  isOneSided(quality, teacher.quality, ['precision', 'recall']);

function isOneSided(quality: Quality, reference: Quality, [fidelity, diversity]: Pair): boolean {
  const [own, right] = [quality[diversity], reference[diversity]];
  const [precise, asPrecise] = [quality[fidelity], reference[fidelity]];
  if (own === undefined || right === undefined || precise === undefined || asPrecise === undefined) return false;
  return own.high < right.low && own.value < right.value - LOST && precise.value >= asPrecise.value - KEPT;
}

function recallText({ quality }: Entry, { evaluation, teacher }: Summary): string {
  const floor = evaluation.floors.teacherTeacher;
  if (isOneSided(quality, floor, ['contextPrecision', 'contextRecall']) && quality.contextRecall && floor.contextRecall)
    return `of the teacher’s tokens of a context only ${estimateText(quality.contextRecall, contextRecall)} have any near them (${valueText(floor.contextRecall, contextRecall)} between sets of the teacher’s)`;
  const [own, right] = [quality.recall, teacher.quality.recall];
  return own && right
    ? `recall is ${estimateText(own, recall)} where the teacher’s is ${valueText(right, recall)}`
    : 'recall is low';
}
