import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStudent } from '../../../src/distillation/student/file.ts';
import { trainStudent } from '../../../src/distillation/train/student-job.ts';
import { studentJobs, type TrainedStudent, trainStudents } from '../../../src/distillation/train/students.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { studentFolder } from '../../../src/ground/file/run-folder.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { leftOpen, nothing, threadsOf } from '../../held.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { inFolder, smallCache } from './small-job.ts';

const recipe = smallRecipe('seeds=[1, 2]', 'engine.workers=2');
let run: string;
let cache: string;
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'fewstep-students-'));
  cache = join(run, 'trajectories');
  await smallCache(cache);
});
afterAll(() => rm(run, { recursive: true }));

it('students go on where they were: what was done before counts as done at once', async () => {
  const [first, second] = studentJobs(recipe, { cache, run });
  if (first === undefined || second === undefined) throw new Error('expected a job for each seed');
  for (const { folder } of [first, second]) await mkdir(folder, { recursive: true });
  await trainStudent(first, () => {});
  const stop = ({ step }: { step: number }): void => {
    if (step === 50) throw new Error('stopped at step 50');
  };
  await expect(trainStudent(second, stop)).rejects.toThrow('stopped at step 50');

  const progress = recordedProgress();
  let students: readonly TrainedStudent[] = [];
  const threads = await threadsOf(async () => {
    students = await trainStudents(recipe, { cache, run, progress });
  });
  expect(threads).toBe(1); // for the one that is left
  // 60 steps of the first, 40 to the second's checkpoint
  expect(progress.stages).toEqual([{ name: 'students', total: 120, advances: [100, 110, 120] }]);
  expect(students.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['one 1', 'one 2']);
  for (const { path, hash } of students) expect(await sha256File(path)).toBe(hash);

  for (const detail of progress.details) expect(detail).toMatch(/^one loss \d/);
  expect(progress.details).toHaveLength(2);

  const again = recordedProgress();
  expect(await trainStudents(recipe, { cache, run, progress: again })).toEqual(students);
  expect(again.stages).toEqual([]);
});

it('a student that starts from another waits until that one is there', async () => {
  const training = 'training: { steps: 10, batch: 16, learningRate: 1.0e-3, checkpointEvery: 10 }';
  const two = smallRecipe(
    'engine.workers=2',
    `students=[{ name: first, method: rectified-flow, head: { width: 8, depth: 1 }, ${training} }, ` +
      `{ name: second, method: rectified-flow-distilled, head: { width: 8, depth: 1 }, init: first, ${training} }]`,
  );
  const progress = recordedProgress();
  let students: readonly TrainedStudent[] = [];
  const open = await leftOpen(async () => {
    students = await trainStudents(two, { cache, run, progress });
  });
  expect(open).toEqual(nothing);
  expect(students.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(progress.stages).toEqual([{ name: 'students', total: 20, advances: [0, 10, 20] }]);
  expect(progress.over).toEqual(['students']);
});

it('a student’s file and what is told of it have the times and the factors on noise that its recipe gives', async () => {
  const given = smallRecipe(
    'students[0].name=given',
    'students[0].training.steps=10',
    'students[0].times={2: [0, 0.4, 1]}',
    'students[0].noiseScales={1: [1.1], 2: [1.2]}',
  );
  const [student] = await trainStudents(given, { cache, run, progress: recordedProgress() });
  const own = { times: { 2: [0, 0.4, 1] }, noiseScales: { 1: [1.1], 2: [1.2] } };
  expect(student).toMatchObject(own);
  const { sampler, times, noiseScales } = await readStudent(student?.path ?? '');
  expect({ times, noiseScales }).toEqual({
    times: { [sampler]: own.times },
    noiseScales: { [sampler]: own.noiseScales },
  });
});

it('a complete student with another byte is refused with its path and what to do', async () => {
  const folder = studentFolder(run, 'one', 1);
  const path = inFolder(folder, 'student');
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await writeFile(path, bytes);
  const training = trainStudents(recipe, { cache, run, progress: recordedProgress() });
  await expect(training).rejects.toThrow(FileError);
  await expect(training).rejects.toThrow(`${path}: is damaged: its content is not what was written`);
  await expect(training).rejects.toThrow(`delete ${join(folder, 'manifest.json')} and run the same command again`);
});
