import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeatureSource } from '../../../src/distillation/recipe/recipe.ts';
import { measureRows } from '../../../src/evaluation/stage/measure-rows.ts';
import { referenceFiles } from '../../../src/evaluation/stage/reference.ts';
import {
  originsOf,
  type SampledRow,
  sampleCounts,
  sampledRows,
  sampleJob,
} from '../../../src/evaluation/stage/samples.ts';
import { writeSealed } from '../../../src/ground/file/sealed.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { tinyJudge } from '../features/tiny-judge.ts';
import { fitted, measuredIn, position, recipe, student, tokens } from './small-evaluation.ts';

let folder: string;
let rows: SampledRow[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-sample-jobs-'));
  rows = sampledRows(recipe, { students: [student], solvers: [fitted] }, folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('how much is sampled of a row', () => {
  it.each([
    ['images in full, tokens under 64 contexts', 1000, true, { images: 1000, contexts: 64, draws: 128 }],
    ['tokens alone', 1281, false, { images: 0, contexts: 11, draws: 128 }],
    ['tokens under eight contexts at least', 200, false, { images: 0, contexts: 8, draws: 128 }],
  ])('is %s', (_, samples, ofImages, expected) => {
    expect(sampleCounts({ ...recipe.evaluation, samples }, ofImages)).toEqual(expected);
  });

  it('is known by what it is made from: teacher, feature network, student and what was asked', () => {
    const origins = { teacher: 't', features: 'f', images: false };
    const [teacherRow, studentRow] = rows.map((sampled) => sampleJob(recipe, sampled, origins).origin);
    expect(teacherRow).toMatchObject({ teacher: 't', features: 'f', student: 'none' });
    expect(teacherRow).not.toHaveProperty('solver');
    expect(studentRow).toMatchObject({ teacher: 't', features: 'f', student: 'h' });
    expect(JSON.parse(studentRow?.request ?? '')).toEqual({
      row: rows[1]?.row,
      guidance: 1.5,
      ...sampleCounts(recipe.evaluation, false),
      scales: [1, 2],
      noise: ['evaluation', 'own'],
    });
  });

  it('follows the guidance schedule of the recipe', () => {
    const evaluation = { ...recipe.evaluation, guidanceSchedule: 'linear-mar' as const };
    const origins = { teacher: 't', features: 'f', images: true };
    const jobs = rows.map((sampled) => sampleJob({ ...recipe, evaluation }, sampled, origins));
    expect(jobs.map(({ schedule }) => schedule)).toEqual(rows.map(() => 'linear-mar'));
  });
});

describe('rows at another guidance scale', () => {
  const other = () => sampledRows(recipe, { students: [student], solvers: [fitted] }, folder, 1.25);

  it('have files of their own, are sampled at that scale and say so', async () => {
    const origins = { teacher: 't', features: 'f', images: false };
    const paths = [...rows, ...other()].map(({ path }) => path);
    expect(new Set(paths).size).toBe(2 * rows.length);
    expect(other().map((sampled) => sampleJob(recipe, sampled, origins).guidance)).toEqual([
      1.25, 1.25, 1.25, 1.25, 1.25,
    ]);
    for (const { path, row, other: second } of other())
      await writeSealed(path, { tokens: tokens(second ? 'second' : row.kind), position }, {});
    const reference = referenceFiles(other(), 1.25);
    const found = await measureRows({ rows: other(), reference }, measuredIn(folder));
    expect(found.measured.map(({ guidance }) => guidance)).toEqual([1.25, 1.25, 1.25, 1.25]);
  });
});

describe('the jobs of an evaluation', () => {
  it('share one set of noise, but for the teacher’s second set', () => {
    const origins = { teacher: 't', features: 'none', images: false };
    const jobs = rows.map((sampled) => sampleJob(recipe, sampled, origins));
    expect(jobs.map(({ noise }) => noise.join(' '))).toEqual([
      'evaluation own',
      'evaluation own',
      'evaluation own',
      'evaluation own',
      'evaluation other',
    ]);
    expect(jobs.map(({ student: file, guidance }) => [file, guidance])).toEqual([
      [undefined, 1.5],
      ['student', 1.5],
      [undefined, 1.5],
      [undefined, 1.5],
      [undefined, 1.5],
    ]);
    expect(jobs.map((job) => job.fitted)).toEqual([undefined, undefined, undefined, fitted, undefined]);
  });
});

it('samples come from the feature network as its files are, a folder’s or a graph’s', async () => {
  const graph = await tinyJudge();
  const originOf = async (features?: FeatureSource) => {
    const { features: _, ...evaluation } = recipe.evaluation;
    const named = { evaluation: { ...evaluation, ...(features !== undefined && { features }) } };
    return (await originsOf(named, { hash: 't' })).features;
  };
  expect(await originOf()).toBe('none');
  expect(await originOf(graph)).toBe(await sha256File(graph));
  expect(await originOf({ model: graph, resize: 'area' })).toBe(await sha256File(graph));
  const weights = await sha256File('teachers/digits-features/weights.safetensors');
  expect(await originOf('teachers/digits-features')).toBe(weights);
});
