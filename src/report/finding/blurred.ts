import { contextPrecision } from '../../evaluation/metric/context-precision.ts';
import { estimateText, number, valueText } from '../number.ts';
import { defineDiagnostic } from './finding.ts';
import { studentRows, whereText } from './students.ts';

/** Precision lost and spread left over of a field that is a mean of what the student cannot tell apart. */
const [LOST, SPREAD] = [0.05, 0.97];

/** Draws lie between the teacher's modes, at the most steps that were measured: a field that more steps do not sharpen. */
export const blurred = defineDiagnostic({
  name: 'blurred-field',
  title: 'Blurred field',
  find: ({ summary }) => {
    const floor = summary.evaluation.floors.teacherTeacher.contextPrecision;
    return studentRows(summary).flatMap(({ name, entries }) => {
      const most = entries.at(-1);
      const [precision, spread] = [most?.quality.contextPrecision, most?.quality.dispersion];
      if (most === undefined || floor === undefined || precision === undefined || spread === undefined) return [];
      if (most.steps < 2 || spread.value >= SPREAD) return [];
      if (precision.high >= floor.low || precision.value >= floor.value - LOST) return [];
      return {
        where: whereText(name, [most]),
        evidence: `Even so, only ${estimateText(precision, contextPrecision)} of its tokens lie where the teacher puts any in the same context (${valueText(floor, contextPrecision)} between sets of the teacher’s), at ${number(spread.value)} of its spread: it averages what it cannot tell apart.`,
        advice:
          'A larger head or longer training sharpens it; a student of the original head’s signature cannot hear the guidance scale and the unconditional states, and averages over them.',
      };
    });
  },
});
