import { planOf } from '../../../src/tasks/plan.ts';
import type { Submission } from '../../../src/tasks/submit/engine.ts';
import { smallRun } from '../../small-recipe.ts';

/** A small run as it is handed over, with overrides of its recipe as `--set` takes them. */
export function smallSubmission(...set: string[]): Submission {
  const { recipe, hash } = smallRun(...set);
  const run = `${recipe.name}-${hash}`;
  return {
    run,
    path: `runs/${run}`,
    plan: planOf(recipe, `runs/${run}`, {}, { mixed: false }),
    prepares: false,
    plugins: [],
    allowCommand: false,
    recipe: ['small.yaml'],
    program: ['/usr/bin/node', "/home/o'neill/my $files/fewstep.mjs"],
    folder: "/home/o'neill/my $files",
    dryRun: true,
  };
}

/** A student that starts from the one of the small recipe. */
export const secondStudent =
  'students[1]={name: two, method: trajectory, init: one, head: {width: 16, depth: 1}, training: {steps: 20, batch: 16, learningRate: 0.002}}';
