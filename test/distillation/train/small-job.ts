import { dirname, join } from 'node:path';
import type { StudentJob } from '../../../src/distillation/train/student-job.ts';
import { studentJobs } from '../../../src/distillation/train/students.ts';
import { heldOutJob, shardJobs } from '../../../src/distillation/trajectory/generate.ts';
import { heldOutSizes } from '../../../src/distillation/trajectory/held-out.ts';
import { shardMaker } from '../../../src/distillation/trajectory/job.ts';
import { type CacheFacts, shardName } from '../../../src/distillation/trajectory/shard.ts';
import { completeStage } from '../../../src/ground/file/manifest.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { smallRecipe } from '../../small-recipe.ts';

/** The job of the small recipe's first student in a folder. */
export function smallJob(cache: string, folder: string, ...set: string[]): StudentJob {
  const [job] = studentJobs(smallRecipe(...set), { cache, run: dirname(folder) });
  if (job === undefined) throw new Error('the small recipe has no student');
  return { ...job, folder };
}

/** The small recipe's trajectories, made in this thread; without a held-out set they are as earlier versions made them. */
export async function smallCache(folder: string, { heldOut = true } = {}): Promise<void> {
  const recipe = smallRecipe();
  const jobs = [...shardJobs(recipe, folder), ...(heldOut ? [heldOutJob(recipe, folder)] : [])];
  const maker = shardMaker();
  for (const job of jobs) await maker.make(job);
  const { hash, token, condition } = await loadTeacher(recipe.teacher, recipe.engine);
  const { contexts, draws, solver, steps } = recipe.trajectories;
  const facts: CacheFacts = {
    teacher: hash,
    solver,
    steps,
    draws,
    contexts,
    ...(heldOut && { heldOut: heldOutSizes(recipe.trajectories) }),
    token,
    condition,
    forwards: 1,
    seconds: 1,
  };
  await completeStage(
    folder,
    jobs.map(({ index }) => shardName(index)),
    facts,
  );
}

/** The path of a file in a folder of a training. */
export const inFolder = (folder: string, name: 'checkpoint' | 'student' | 'best' | 'metrics'): string =>
  join(folder, name === 'metrics' ? 'metrics.jsonl' : `${name}.safetensors`);
