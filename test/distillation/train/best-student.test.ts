/** The best student of a training beside its last, and trainings that patience ends. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readStudent } from '../../../src/distillation/student/file.ts';
import { studentFacts } from '../../../src/distillation/train/student-facts.ts';
import { trainingForwards, trainStudent } from '../../../src/distillation/train/student-job.ts';
import { trainStudents } from '../../../src/distillation/train/students.ts';
import { openCache } from '../../../src/distillation/trajectory/cache.ts';
import { readTrainingLog } from '../../../src/engine/training/training-log.ts';
import { UsageError } from '../../../src/ground/errors.ts';
import { readStage } from '../../../src/ground/file/manifest.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { inFolder, smallCache, smallJob } from './small-job.ts';

let base: string;
let folder: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-best-'));
  await smallCache(join(base, 'cache'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(async () => {
  folder = join(base, `student-${made++}`);
  await mkdir(folder);
});

describe('a training in a folder', () => {
  const job = (...set: string[]) => smallJob(join(base, 'cache'), folder, ...set);

  it('keeps the best student beside the last, in the manifest with its step and value', async () => {
    await trainStudent(job(), () => {});
    const log = await readTrainingLog(folder);
    const looks = log.map(({ step, heldOutEnergy = Number.NaN }) => ({ step, heldOutEnergy }));
    const lowest = looks.reduce((least, look) => (look.heldOutEnergy < least.heldOutEnergy ? look : least));
    const stage = await readStage(folder, studentFacts, { verify: true });
    expect(stage?.facts.best).toEqual(lowest);
    expect(stage?.files.map(({ path }) => path)).toEqual(['best.safetensors', 'student.safetensors']);
    const best = await readStudent(inFolder(folder, 'best'));
    expect(best.metadata).toMatchObject({ step: String(lowest.step), heldOutEnergy: String(lowest.heldOutEnergy) });
    const heldOut = (await openCache(join(base, 'cache'))).heldOut;
    expect(heldOut?.facts).toEqual({ contexts: 8, draws: 16 });
  });

  it('makes the best the student where the recipe says so, and ends early, resumed or not', async () => {
    const set = ['students[0].training.keep=best', 'students[0].training.patience=2'];
    await trainStudent(job(...set), () => {});
    const { best, student } = {
      best: await readStudent(inFolder(folder, 'best')),
      student: await readStudent(inFolder(folder, 'student')),
    };
    expect(student.parameters).toEqual(best.parameters);
    const facts = (await readStage(folder, studentFacts))?.facts;
    const steps = (facts?.best?.step ?? 0) + 20;
    expect(steps).toBeLessThan(60);
    expect(facts).toMatchObject({ steps, samples: steps * 16 });
    const sets = await openCache(join(base, 'cache'));
    expect(facts?.forwards).toBe(trainingForwards(job(...set).student, {}, sets, steps).all);

    const whole = folder;
    folder = join(base, `student-${made++}`);
    await mkdir(folder);
    const stop = ({ step }: { step: number }): void => {
      if (step === steps) throw new Error('stopped');
    };
    await expect(trainStudent(job(...set), stop)).rejects.toThrow('stopped');
    await trainStudent(job(...set), () => {});
    for (const name of ['best', 'student', 'checkpoint'] as const)
      expect(await readFile(inFolder(folder, name), 'base64')).toBe(await readFile(inFolder(whole, name), 'base64'));
    expect((await readStage(folder, studentFacts))?.facts).toMatchObject({ steps, best: facts?.best });
  });

  it('that patience ended counts as done', async () => {
    const recipe = smallRecipe('students[0].training.patience=2');
    const progress = recordedProgress();
    const [student] = await trainStudents(recipe, { cache: join(base, 'cache'), run: folder, progress });
    expect(student?.facts.steps).toBeLessThan(60);
    expect(progress.stages[0]?.advances.at(-1)).toBe(60);
  });

  it('with a cache of an earlier version has no looks, and what asks for them is refused', async () => {
    const earlier = join(base, 'earlier');
    if (!existsSync(earlier)) await smallCache(earlier, { heldOut: false });
    await trainStudent(smallJob(earlier, folder), () => {});
    expect((await readTrainingLog(folder)).some((line) => 'heldOutEnergy' in line)).toBe(false);
    expect(existsSync(inFolder(folder, 'best'))).toBe(false);
    const refused = trainStudent(smallJob(earlier, folder, 'students[0].training.keep=best'), () => {});
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(
      'expected a held-out set for keep: best of one, got a cache of an earlier version',
    );
  });
});
