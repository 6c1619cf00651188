import { describe, expect, it } from 'vitest';
import type { Breakdown } from '../../../src/evaluation/breakdown/breakdown.ts';
import type { Quality } from '../../../src/evaluation/metric/table.ts';
import type { Evaluation, EvaluationRow, TrainingLogLine } from '../../../src/evaluation/stage/result.ts';
import { diagnostics, findings } from '../../../src/report/finding/table.ts';
import { summarize } from '../../../src/report/summary.ts';

const near = (value: number, width = 0.01) => ({ value, low: value - width, high: value + width });

const [length, contexts] = [30, 60];
const range = (count: number, of: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i));

/** Distances that are the floor's own but for what is added along the image. */
const breakdown = (tokens = 0, forced = 0): Breakdown => ({
  contexts: {
    position: range(contexts, (i) => i % length),
    energyDistance: range(contexts, (i) => 0.01 * Math.sin(i) + forced * (i % length)),
    worst: [],
  },
  guidance: {
    nearest: [1, 1.5, 2].map((guidance) => ({ guidance, energyDistance: near(Math.abs(guidance - 1.5)) })),
    ends: [],
    response: 1,
  },
  tokens: {
    energyDistance: range(length, (i) => 0.01 * Math.cos(i) + tokens * i),
    dispersion: range(length, () => 1),
  },
});

const healthy: Quality = {
  fd: near(2, 0.1),
  fdToTeacher: near(1),
  dispersion: near(1),
  contextPrecision: near(0.95),
  contextRecall: near(0.95),
  precision: near(0.8),
  recall: near(0.8),
};

const rowOf = (
  kind: EvaluationRow['kind'],
  steps: number,
  quality: Quality,
  more: Partial<EvaluationRow> = {},
): EvaluationRow => ({
  ...{ kind, name: kind === 'student' ? 'one' : `teacher${kind === 'solver' ? ' euler' : ''}`, method: 'euler' },
  ...{ seed: 1, steps, nfe: kind === 'student' ? steps : 2 * steps, guidance: 1.5, quality },
  ...(kind === 'student' && { breakdown: breakdown() }),
  ...more,
});

/** A run in which nothing is wrong, but for what is said. */
function evaluationOf(
  students: readonly EvaluationRow[],
  { solver = near(9, 0.1), teacher = near(2, 0.1), real = near(1.9, 0.1) } = {},
): Evaluation {
  const floor = { ...healthy, fdToTeacher: near(1, 0.2) };
  return {
    ...{
      recipe: 'made-up',
      recipeHash: 'abc',
      preview: false,
      command: '',
      createdAt: '',
      samples: 1000,
      unit: 'images',
    },
    teacher: { name: 't', hash: 'a', parameters: 1 },
    floors: { teacherTeacher: floor, breakdown: breakdown(), realReal: { fd: real } },
    rows: [
      rowOf('teacher', 16, { ...healthy, fd: teacher }),
      ...students,
      rowOf('solver', 1, { ...healthy, fd: solver, fdToTeacher: solver }),
      rowOf('solver', 4, { ...healthy }),
    ],
    ...{ environment: {}, stageSeconds: {} },
  };
}

/** A training that ends well, but for the energies that are given. */
const trainingOf = (
  energy: (part: number) => number = (part) => 1 + 9 * Math.exp(-12 * part),
  loss: (part: number) => number = (part) => 2 - part,
  trained: (part: number) => number = loss,
) => {
  const lines = range(20, (i) => (i + 1) / 20).map(
    (part): TrainingLogLine => ({
      ...{ step: 1000 * part, loss: loss(part), gradientNorm: 1, learningRate: 1, secondsElapsed: part },
      ...{ heldOutEnergy: energy(part), heldOutLoss: loss(part), trainedLoss: trained(part) },
    }),
  );
  return [{ student: 'one', seed: 1, lines }];
};

const student = (quality: Quality = {}, more: Partial<EvaluationRow> = {}, steps = 4) =>
  rowOf('student', steps, { ...healthy, ...quality }, more);
const guided = (guidance: Partial<NonNullable<Breakdown['guidance']>>) => {
  const own = breakdown();
  return { breakdown: { ...own, ...(own.guidance && { guidance: { ...own.guidance, ...guidance } }) } };
};
const outside = { fdToTeacher: near(3) };

const cases: readonly (readonly [string, Evaluation, ReturnType<typeof trainingOf>, RegExp])[] = [
  ['under-dispersion', evaluationOf([student({ dispersion: near(0.8) })]), trainingOf(), /0\.80 \[0\.79, 0\.81\]/],
  ['mode-dropping', evaluationOf([student({ contextRecall: near(0.7) })]), trainingOf(), /only 70\.0/],
  ['mode-dropping', evaluationOf([student({ recall: near(0.6) })]), trainingOf(), /recall is 60\.0.*80\.0/],
  [
    'blurred-field',
    evaluationOf([student({ contextPrecision: near(0.7), dispersion: near(0.95) })]),
    trainingOf(),
    /70\.0.*0\.950/,
  ],
  ['guidance-unheard', evaluationOf([student({}, guided({ response: 0.1 }))]), trainingOf(), /10\.0/],
  [
    'wrong-guidance',
    evaluationOf([
      student(
        {},
        guided({
          nearest: [1, 1.5, 2].map((guidance) => ({ guidance, energyDistance: near(Math.abs(guidance - 2)) })),
        }),
      ),
    ]),
    trainingOf(),
    /Asked for a scale of 1\.50.*at 2\.00/,
  ],
  [
    'error-grows-with-position',
    evaluationOf([student({}, { breakdown: breakdown(0.01) })]),
    trainingOf(),
    /after its own/,
  ],
  [
    'error-grows-with-position',
    evaluationOf([student({}, { breakdown: breakdown(0, 0.01) })]),
    trainingOf(),
    /after real ones/,
  ],
  [
    'teacher-limited',
    evaluationOf([student()], { teacher: near(9, 0.1), real: near(2, 0.1) }),
    trainingOf(),
    /9\.00.*2\.00/,
  ],
  ['floor-limited', evaluationOf([student()], { solver: near(1.1) }), trainingOf(), /teacher euler, 1 step/],
  [
    'hidden-divergence',
    evaluationOf([student(outside)]),
    trainingOf((part) => 1 + 10 * (part - 0.4) ** 2),
    /was 1\.00 after 400 steps and is/,
  ],
  ['too-few-training-steps', evaluationOf([student(outside)]), trainingOf((part) => 3 - 2 * part), /still falling/],
  [
    'overfit-to-cache',
    evaluationOf([student()]),
    trainingOf(
      undefined,
      (part) => 1 + 0.3 * Math.max(0, part - 0.4),
      (part) => 1 - 0.6 * part,
    ),
    /held-out contexts is 1\.17 and was 1\.05 half-way.*0\.415/,
  ],
];

describe('a diagnosis', () => {
  it.each(cases)('of %s is made, and no other', (name, evaluation, training, words) => {
    const found = findings({ summary: summarize(evaluation), training });
    expect(found.map((one) => one.name)).toEqual([name]);
    expect(found[0]?.evidence).toMatch(words);
    expect(found[0]?.advice).toMatch(/^[A-Z].*\.$/);
  });

  it('of overfitting is not made from losses below zero, as learned weights have', () => {
    const training = trainingOf(
      undefined,
      (part) => -3 + 0.3 * part,
      (part) => -3 - part,
    );
    expect(findings({ summary: summarize(evaluationOf([student()])), training })).toEqual([]);
  });

  it('of training is not made from distances about zero, which are unbiased and may be below it', () => {
    const curve = (part: number) => 1.2 * Math.exp(-9 * part) - 0.01 - 0.015 * Math.sin(40 * part);
    const summary = summarize(evaluationOf([student(outside)]));
    expect(findings({ summary, training: trainingOf(curve) })).toEqual([]);
  });

  it('of a divergence is not made of a student within the floor, whose few looks may have been lower by chance', () => {
    const training = trainingOf(
      (part) => 0.02 - 0.008 * Math.exp(-60 * (part - 0.15) ** 2) + 0.05 * Math.exp(-30 * part),
    );
    expect(findings({ summary: summarize(evaluationOf([student()])), training })).toEqual([]);
  });

  it('is not made of a healthy run, nor of one that measured nothing', () => {
    expect(
      findings({ summary: summarize(evaluationOf([student(), student({}, {}, 1)])), training: trainingOf() }),
    ).toEqual([]);
    const bare = { ...student(), quality: { fd: near(2) } };
    const { breakdown: _, ...row } = bare;
    expect(findings({ summary: summarize(evaluationOf([row])), training: [] })).toEqual([]);
  });

  const inEachRow = /guidance|position|divergence|training-steps|overfit/;
  it.each(cases.filter(([name]) => inEachRow.test(name)))('of %s asks for every seed', (_, evaluation, training) => {
    const rows = evaluation.rows.flatMap((row) => (row.kind === 'student' ? [row, { ...student(), seed: 2 }] : [row]));
    const logs = [...training, ...trainingOf().map((log) => ({ ...log, seed: 2 }))];
    expect(findings({ summary: summarize({ ...evaluation, rows }), training: logs })).toEqual([]);
  });

  it('has a name and a title of its own each, and a case here', () => {
    for (const key of ['name', 'title'] as const)
      expect(new Set(diagnostics.map((one) => one[key])).size).toBe(diagnostics.length);
    const planted = new Set(cases.map(([name]) => name));
    expect(diagnostics.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });
});
