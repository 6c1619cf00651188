import { expect, it } from 'vitest';
import { heldOutJob, shardJobs } from '../../../src/distillation/trajectory/generate.ts';
import { shardOrigin } from '../../../src/distillation/trajectory/job.ts';
import { smallRecipe } from '../../small-recipe.ts';

const teacher = { hash: 'a' };

it('shards say that they were solved in int8, so that none of float32 is taken for one, and those of float32 are as ever', () => {
  const [exact, quick, plain] = [
    shardJobs(smallRecipe(), '', 'float32'),
    shardJobs(smallRecipe(), '', 'int8'),
    shardJobs(smallRecipe(), ''),
  ].map(([job]) => job && shardOrigin(job, teacher));
  expect(plain).not.toHaveProperty('precision');
  expect(exact).toEqual(plain);
  expect(quick).toEqual({ ...plain, precision: 'int8' });
});

it('held-out paths are float32, whatever the others are: students are measured by them', () => {
  expect(heldOutJob(smallRecipe('engine.precision=int8'), '').precision).toBeUndefined();
});
