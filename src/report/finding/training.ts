import type { TrainingLogLine } from '../../evaluation/stage/result.ts';
import { counted } from '../../ground/counted.ts';
import { withinFloor } from '../floor-test.ts';
import { number } from '../number.ts';
import { entriesOf, type Summary, studentOf } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';
import { defineDiagnostic, type Evidence, type Found } from './finding.ts';

/** A logged value after a step. */
interface Look {
  readonly step: number;
  readonly value: number;
}

const looksAt = (
  lines: readonly TrainingLogLine[],
  name: 'heldOutEnergy' | 'heldOutLoss' | 'trainedLoss',
): readonly Look[] =>
  lines.flatMap((line) => (line[name] === undefined ? [] : [{ step: line.step, value: line[name] }]));

const mean = (looks: readonly Look[]): number => looks.reduce((sum, { value }) => sum + value, 0) / looks.length;

/** What a distance that is unbiased, and may be below zero, moves by without a reason: a part of the largest look. */
const noiseOf = (looks: readonly Look[]): number => 0.1 * Math.max(...looks.map(({ value }) => value));

/** Fewer looks show no curve. */
const FEW = 6;

/** What is found of students with every seed, by their name. */
function perStudent(
  { training, summary }: Evidence,
  look: (log: TrainingLog, summary: Summary) => Omit<Found, 'where'> | undefined,
): readonly Found[] {
  return [...new Set(training.map(({ student }) => student))].flatMap((student) => {
    const found = training.filter((log) => log.student === student).map((log) => look(log, summary));
    const [first] = found;
    return first !== undefined && found.every((one) => one !== undefined) ? [{ where: student, ...first }] : [];
  });
}

/** Whether every row of a student is within the floor: then there is nothing to gain. */
const isSolved = (student: string, summary: Summary): boolean =>
  entriesOf(summary, 'student')
    .filter((entry) => studentOf(entry) === student)
    .every(({ quality }) => withinFloor(quality, summary) === true);

/** A loss that looks well while the student gets worse: its weights shrink what grows. */
export const hiddenDivergence = defineDiagnostic({
  name: 'hidden-divergence',
  title: 'Divergence behind the loss',
  find: (evidence) =>
    perStudent(evidence, ({ student, lines }, summary) => {
      if (isSolved(student, summary)) return undefined;
      const looks = looksAt(lines, 'heldOutEnergy');
      const last = mean(looks.slice(-2));
      const best = looks.reduce((least, look) => (look.value < least.value ? look : least), looks[0] ?? noLook);
      const losses = lines.map(({ loss }) => loss);
      const part = Math.max(1, Math.floor(losses.length / 10));
      const lossAt = (step: number): number => {
        const index = lines.findIndex((line) => line.step >= step);
        return meanOf(losses.slice(Math.max(0, index - part), index + 1));
      };
      if (looks.length < FEW || last - best.value <= Math.max(DIVERGED * best.value, noiseOf(looks))) return undefined;
      if (meanOf(losses.slice(-part)) > RISEN * lossAt(best.step)) return undefined;
      return {
        evidence: `Its held-out energy distance was ${number(best.value)} after ${counted(best.step, 'steps')} and is ${number(last)} at the end, while the loss has not risen: the loss’s weights hide it.`,
        advice:
          'Lower the learning rate or the clip, raise the warm-up, and keep the best checkpoint (training.keep: best).',
      };
    }),
});

/** By how much of its best a student must end worse, and how much its loss may have risen. */
const [DIVERGED, RISEN] = [0.5, 1.05];
const noLook: Look = { step: 0, value: Number.POSITIVE_INFINITY };
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How much of a student's distance must have gone from the third quarter of its training to the last to be still falling. */
const FALLING = 0.2;

/** Training ended while the student was getting better, and it is not within the floor yet. */
export const undertrained = defineDiagnostic({
  name: 'too-few-training-steps',
  title: 'Too few training steps',
  find: (evidence) =>
    perStudent(evidence, ({ student, lines }, summary) => {
      const looks = looksAt(lines, 'heldOutEnergy');
      if (looks.length < FEW || isSolved(student, summary)) return undefined;
      const steps = looks.at(-1)?.step ?? 0;
      const [before, end] = [2, 3].map((quarter) =>
        mean(looks.filter(({ step }) => Math.ceil((4 * step) / steps) === quarter + 1)),
      ) as [number, number];
      if (!(before - end > Math.max(FALLING * before, noiseOf(looks)))) return undefined;
      return {
        evidence: `Its held-out energy distance was ${number(before)} in the third quarter of ${counted(steps, 'steps')} and is ${number(end)} in the last: the curve is still falling.`,
        advice: 'Train longer (training.steps), or with Muon, which needs fewer steps.',
      };
    }),
});

/** How much larger the loss on held-out paths must be than on trained ones, and how little it fell since half-way. */
const [WORSE_OUTSIDE, STILL] = [1.5, 0.95];

/** Contexts that it was trained on are learnt by heart: the loss there falls, on others it does not. */
export const overfitted = defineDiagnostic({
  name: 'overfit-to-cache',
  title: 'Overfit to the cache',
  find: (evidence) =>
    perStudent(evidence, ({ lines }) => {
      const [looks, trained] = [looksAt(lines, 'heldOutLoss'), looksAt(lines, 'trainedLoss')];
      if (looks.length < FEW || trained.length < FEW) return undefined;
      const [end, inside] = [mean(looks.slice(-2)), mean(trained.slice(-2))];
      const half = looks[Math.floor(looks.length / 2)]?.value ?? 0;
      // Losses with learned weights may be below zero, where a ratio says nothing.
      if (inside <= 0 || half <= 0 || end <= WORSE_OUTSIDE * inside || end <= STILL * half) return undefined;
      return {
        evidence: `Its loss on held-out contexts is ${number(end)} and was ${number(half)} half-way, on contexts that it was trained on it is ${number(inside)}.`,
        advice:
          'Cache more contexts (trajectories.contexts) rather than more draws of each, train less, or keep the best checkpoint (training.keep: best).',
      };
    }),
});
