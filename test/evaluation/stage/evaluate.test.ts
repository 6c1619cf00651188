import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Breakdown } from '../../../src/evaluation/breakdown/breakdown.ts';
import type { Quality } from '../../../src/evaluation/metric/table.ts';
import { measureRows } from '../../../src/evaluation/stage/measure-rows.ts';
import { referenceFiles } from '../../../src/evaluation/stage/reference.ts';
import type { EvaluationRow } from '../../../src/evaluation/stage/result.ts';
import { type SampledRow, sampledRows } from '../../../src/evaluation/stage/samples.ts';
import { writeSealed } from '../../../src/ground/file/sealed.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { imageGrid } from '../../../src/teachers/data/image-grid.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { straightTeacher } from '../../straight-teacher.ts';
import { cacheFacts, contexts, draws, fitted, recipe, student, token, tokens } from './small-evaluation.ts';

const position = { shape: [contexts], data: Int32Array.from({ length: contexts }, (_, i) => i % 3) };

/** Images of 4 × 4, more than a grid shows. */
const images = { shape: [70, 4, 4], data: stream('evaluate', 'images').uniform(70 * 16) };
const progress = recordedProgress();

let folder: string;
let rows: SampledRow[];
let measured: EvaluationRow[];
let floor: Quality;
let breakdown: Breakdown | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-evaluate-'));
  rows = sampledRows(recipe, { students: [student], solvers: [fitted] }, folder);
  const samples = { teacher: tokens('own'), student: tokens('own', 2, 3), solver: tokens('solver', 1, 5) };
  for (const { row, other, path } of rows)
    await writeSealed(
      path,
      {
        tokens: other ? tokens('other') : samples[row.kind],
        position,
        ...(other && { tokens_w1: tokens('other', 1, -2), tokens_w2: tokens('other', 1, 3) }),
        ...(row.kind === 'student' && { tokens_w1: tokens('own', 2, 3), tokens_w2: tokens('own', 2, 3) }),
        ...(row.kind === 'solver' && { images }),
      },
      {},
    );
  const teacher = straightTeacher();
  const reference = referenceFiles(rows, recipe.evaluation.guidance);
  ({ measured, floor, breakdown } = await measureRows(
    { rows, reference },
    {
      recipe,
      ...{ progress, run: folder, facts: cacheFacts, teacher, students: [student] },
    },
  ));
});
afterAll(() => rm(folder, { recursive: true }));

const row = (kind: EvaluationRow['kind']): EvaluationRow => {
  const found = measured.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no row is a ${kind}`);
  return found;
};

/** Σ over contexts of the unbiased variance of their draws. */
function spread({ data }: { readonly data: Float32Array }): number {
  let sum = 0;
  for (let context = 0; context < contexts; context++)
    for (let k = 0; k < token; k++) {
      const values = Array.from({ length: draws }, (_, s) => data[(context * draws + s) * token + k] ?? Number.NaN);
      const mean = values.reduce((a, b) => a + b) / draws;
      sum += values.reduce((total, value) => total + (value - mean) ** 2, 0) / (draws - 1);
    }
  return sum;
}

describe('an evaluation', () => {
  it('has the teacher, the student and the solver, but not the teacher’s second set', () => {
    expect(measured.map(({ kind, steps, nfe, guidance }) => [kind, steps, nfe, guidance])).toEqual([
      ['teacher', 8, 8 * 2 * 2, 1.5], // guided, and Heun evaluates twice
      ['student', 2, 2, 1.5],
      ['solver', 2, 2 * 2, 1.5],
      ['solver', 2, 2 * 2, 1.5], // at searched times
    ]);
  });

  it('pairs end points with the teacher’s from the same noise', () => {
    expect(row('teacher').quality.endpointError?.value).toBe(0);
    const z = tokens('own').data;
    const squares = z.reduce((sum, value) => sum + (value + 3) ** 2, 0); // 2z + 3 − z
    expect(row('student').quality.endpointError?.value).toBeCloseTo(squares / (contexts * draws), 3);
  });

  it('takes distances and spread against the teacher’s second set', () => {
    const other = spread(tokens('other'));
    expect(row('teacher').quality.dispersion?.value).toBeCloseTo(spread(tokens('own')) / other, 4);
    expect(row('student').quality.dispersion?.value).toBeCloseTo((4 * spread(tokens('own'))) / other, 4);
    expect(row('teacher').quality.fd?.value).toBeGreaterThan(0);
    expect(row('teacher').quality.fd?.value).toBeLessThan(1);
    expect(row('solver').quality.fd?.value).toBeGreaterThan(token * 4 ** 2);
  });

  it('has as its floor the teacher’s second set against its first', () => {
    expect(Object.keys(floor)).not.toContain('endpointError');
    expect(floor.dispersion?.value).toBeCloseTo(spread(tokens('other')) / spread(tokens('own')), 4);
    expect(floor.fd?.value).toBeCloseTo(row('teacher').quality.fd?.value ?? Number.NaN, 9);
    expect(floor.energyDistance?.value).toBeCloseTo(row('teacher').quality.energyDistance?.value ?? Number.NaN, 9);
  });

  it('charges a student its training and the whole cache, a fitted solver its fit and its paths, no other row anything', () => {
    expect(measured.map(({ cost }) => cost)).toEqual([
      undefined,
      { cacheForwards: 1000, trainingForwards: 2880, totalForwards: 3880, trainingSeconds: 5, trainingSteps: 60 },
      undefined,
      { cacheForwards: 5120, trainingForwards: 9920, totalForwards: 15_040, trainingSeconds: 3, trainingSteps: 0 },
    ]);
  });
});

it('a row of a student says its own times, by its sampler and step count, a searched one its own, others none', () => {
  expect(measured.map(({ times }) => times)).toEqual([undefined, [0, 0.25, 1], undefined, [0, 0.625, 1]]);
  expect(measured.map(({ fit }) => fit)).toEqual([undefined, undefined, undefined, 'times']);
});

describe('where the distance of a row comes from', () => {
  it('is told of the student and of the floor, whose contexts average to the whole', () => {
    expect(measured.map((one) => one.breakdown !== undefined)).toEqual([false, true, false, false]);
    const mean = (values: readonly number[] = []) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const { contexts: own } = row('student').breakdown ?? {};
    expect(own?.position).toEqual([...position.data]);
    expect(mean(own?.energyDistance)).toBeCloseTo(row('student').quality.energyDistance?.value ?? Number.NaN, 3);
    expect(mean(breakdown?.contexts.energyDistance)).toBeCloseTo(floor.energyDistance?.value ?? Number.NaN, 3);
  });

  it('says whose scale the student’s tokens are nearest to, and that they hear none', () => {
    const { guidance } = row('student').breakdown ?? {};
    const nearest = guidance?.nearest.toSorted((a, b) => a.energyDistance.value - b.energyDistance.value)[0];
    expect(nearest?.guidance).toBe(2);
    expect(guidance?.nearest.map((one) => one.guidance)).toEqual([1, 1.5, 2]);
    expect(guidance?.ends.map((one) => one.guidance)).toEqual([1, 2]);
    expect(guidance?.response).toBe(0);
    expect(breakdown?.guidance).toBeUndefined();
  });
});

describe('the grid of a row', () => {
  it('shows its first sixty images in ten columns, where it has images', async () => {
    expect(measured.map(({ grid }) => grid)).toEqual([
      undefined,
      undefined,
      join('evaluation', 'teacher-euler-2-seed1.png'),
      join('evaluation', 'teacher-euler-searched-times-2-seed1.png'),
    ]);
    const file = await readFile(join(folder, 'evaluation', 'teacher-euler-2-seed1.png'));
    expect(file.equals(await imageGrid(images, { count: 60, columns: 10, inverted: false }))).toBe(true);
  });

  it('comes before its row counts as measured, and then the stage is over', () => {
    expect(progress.stages).toEqual([{ name: 'metrics', total: 5, advances: [0, 1, 2, 3, 4, 5] }]);
    expect(progress.over).toEqual(['metrics']);
    expect(progress.details).toEqual([
      'teacher, 8 steps',
      'one, 2 steps',
      'teacher euler, 2 steps',
      'teacher euler, searched times, 2 steps',
      'teacher, 8 steps',
    ]);
  });
});
