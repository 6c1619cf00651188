import type { DistillRecipe } from '../src/distillation/recipe/recipe.ts';
import { type ResolvedRecipe, type ResolveOptions, resolveRecipeText } from '../src/distillation/recipe/resolve.ts';

/** A distillation of the exact Gaussian teacher that takes seconds. */
export const smallRecipeText = `kind: distill
name: small
engine: { workers: 1 }
teacher: { kind: gaussian, token: 3, condition: 4, std: 0.5 }
guidance: { min: 1, max: 2 }
trajectories: { contexts: 40, draws: 2, solver: heun, steps: 8, keep: 4, shardRows: 8 }
students:
  - name: one
    method: trajectory
    head: { width: 16, depth: 1 }
    training: { steps: 60, batch: 16, learningRate: 2.0e-3, checkpointEvery: 20 }
evaluation:
  steps: [1]
  teacher: { solver: heun, steps: 8 }
  samples: 1024
  latencyBatches: [1]
`;

const options: ResolveOptions<'distill'> = {
  kind: 'distill',
  engineDefaults: { workers: 1 },
};

/** The small recipe with overrides as `--set` takes them. */
export const smallRun = (...set: string[]): ResolvedRecipe<'distill'> =>
  resolveRecipeText(smallRecipeText, 'small.yaml', { ...options, set });

/** The same without its hash. */
export const smallRecipe = (...set: string[]): DistillRecipe => smallRun(...set).recipe;
