import type { ResolveOptions } from '../../../src/distillation/recipe/resolve.ts';

/** What tests resolve recipes with. */
export const testOptions: ResolveOptions = { engineDefaults: { workers: 3 } };

/** A distillation with every line where tests expect it. */
export const smallRecipe = `kind: distill
name: small
teacher: { kind: gaussian, token: 4, condition: 8, std: 0.5 }
guidance: { min: 1, max: 2 }
trajectories: { contexts: 256, steps: 16, keep: 8 }
students:
  - name: one
    method: trajectory
    options: { endpoint: 0.5 }
    training:
      steps: 400
      batch: 256
      learningRate: 2.0e-3
evaluation:
  samples: 64
`;
