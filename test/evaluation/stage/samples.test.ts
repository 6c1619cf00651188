import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import type { TrainedStudent } from '../../../src/distillation/train/students.ts';
import { readSamples, sampledRows, sampleRows } from '../../../src/evaluation/stage/samples.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { leftOpen, nothing, threadsOf } from '../../held.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';

const recipe = smallRecipe();
const config = { token: 3, condition: 4, width: 16, depth: 1, timeScale: 32 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-samples-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A student whose weights were drawn, not trained. */
async function student(seed: number): Promise<TrainedStudent> {
  const path = join(folder, 'student.safetensors');
  const parameters = Object.fromEntries(
    Object.entries(studentFromScratch(config, seed)).map(([name, { shape, data }]) => {
      const drawn = stream('student', name, seed).normal(data.length); // a fresh one moves nothing, whatever its seed
      return [name, { shape, data: drawn.map((value) => 0.3 * value) }];
    }),
  );
  await writeStudent(path, { parameters, config, sampler: 'flow-map', metadata: {} });
  const facts = { steps: 1, samples: 1, forwards: 1, seconds: 1 };
  return { name: 'one', method: 'trajectory', seed: 1, folder, path, hash: await sha256File(path), facts };
}

/** Samples what is to be sampled; gives the times at which the files were written, and the last progress. */
async function sampled(of: TrainedStudent) {
  const evaluation = join(folder, 'evaluation');
  const progress = recordedProgress();
  const rows = sampledRows(recipe, { students: [of], solvers: [] }, evaluation);
  const teacher = await loadTeacher(recipe.teacher, recipe.engine);
  const sample = () => sampleRows(recipe, rows, { teacher, progress });
  const open = await leftOpen(async () => expect(await threadsOf(sample)).toBeLessThanOrEqual(1)); // of the recipe
  expect(open).toEqual(nothing);
  expect((await readdir(evaluation)).sort()).toEqual(rows.map(({ path }) => path.slice(evaluation.length + 1)).sort());
  const times = await Promise.all(rows.map(async ({ path }) => (await stat(path)).mtimeMs));
  expect(progress.details.every((detail) => ['teacher, 8 steps', 'one, 1 step'].includes(detail))).toBe(true);
  return { times, progress: progress.stages[0], paths: rows.map(({ path }) => path) };
}

it('samples are kept while teacher and student are the same and made again for other weights', async () => {
  const first = await sampled(await student(1));
  expect(first.paths.map((path) => path.split('/').at(-1))).toEqual([
    'teacher-8-seed1.safetensors',
    'one-1-seed1.safetensors',
    'teacher-8-seed1-other.safetensors',
  ]);
  expect(first.progress?.advances).toEqual([0, 36, 72, 2 * 36 + 5]); // the dearest first
  const [teacherPath = '', studentPath = ''] = first.paths;
  const before = await readSamples(studentPath);
  const again = await sampled(await student(1));
  expect(again).toEqual({ ...first, progress: undefined });

  const other = await sampled(await student(2));
  const [teacherTime, studentTime = 0, floorTime] = other.times;
  expect([teacherTime, floorTime]).toEqual([first.times[0], first.times[2]]);
  expect(studentTime).toBeGreaterThan(first.times[1] ?? 0);
  expect(await readSamples(studentPath)).not.toEqual(before);
  expect(other.progress?.advances).toEqual([2 * 36, 2 * 36 + 5]); // forwards a token, and 4 for the work around them

  await truncate(teacherPath, 1000);
  const mended = await sampled(await student(2));
  expect(mended.times[0]).toBeGreaterThan(first.times[0] ?? 0);
  expect(mended.times.slice(1)).toEqual(other.times.slice(1));
});
