/** Every method on the guided exact Gaussian: a short training, and the ends have the closed form's spread and place. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type MethodName, methods } from '../../../src/distillation/method/table.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { endsOnGaussian, type GaussianTraining, gaussianPaths, trainedOnGaussian } from './guided-gaussian.ts';

/** At which step counts a method is held to the closed form, how near, and how it is trained, where not as others. */
interface Expected extends Partial<Omit<GaussianTraining, 'start'>> {
  readonly counts: readonly number[];
  readonly within?: number;
}

const steps = 1000;
const more = { steps: 1500 } as const;

/**
 * Samplers that re-noise are held to one step: between steps a guided path is not where new noise puts its states. Methods
 * that hear of data through their own derivatives alone are not there yet after so few steps.
 */
const expected: Readonly<Record<MethodName, Expected>> = {
  trajectory: { counts: [1, 2, 4] },
  consistency: { counts: [1] },
  'phased-consistency': { counts: [1, 2, 4] },
  'rectified-flow': { counts: [1, 2, 4] },
  'rectified-flow-distilled': { counts: [1] },
  lagrangian: { ...more, counts: [1, 2, 4], within: 0.04 },
  'mean-velocity': { counts: [1, 2, 4] },
  endpoint: { counts: [1] },
  'piecewise-reflow': { ...more, counts: [4] },
  'mean-flow': { ...more, counts: [1, 2, 4], within: 0.1 },
  'alpha-flow': { ...more, counts: [1, 2, 4], within: 0.12 },
  shortcut: { counts: [1, 2, 4], within: 0.05 },
  facm: { counts: [1], within: 0.15 },
  scm: { ...more, counts: [1], within: 0.08 },
  progressive: { counts: [2], steps: 400, learningRate: 1e-3 },
  'on-policy': { counts: [1, 2, 4], steps: 400 },
  energy: { counts: [1, 2, 4] },
  drifting: { counts: [1, 2, 4], within: 0.03 },
  dmd2: { counts: [1], within: 0.15 },
};

let cache: TrajectoryCache;
/** A student of trajectory regression, from which those start that refine one. */
let regression: Parameters;
beforeAll(async () => {
  cache = await gaussianPaths();
  regression = await trainedOnGaussian('trajectory', cache, { steps });
}, 120_000);

/** The methods that refine a student: all that must have one, and those that are finishers. */
const refines = (name: MethodName): boolean =>
  methods[name].needs?.init === true || ['energy', 'drifting', 'dmd2', 'on-policy'].includes(name);

describe('the guided Gaussian', () => {
  it.each(Object.keys(methods) as MethodName[])(
    'has its closed form’s spread and place by %s',
    async (name) => {
      const { counts, within = 0.02, ...training } = expected[name];
      const start = refines(name) ? { start: regression } : {};
      const parameters =
        name === 'trajectory' ? regression : await trainedOnGaussian(name, cache, { steps, ...training, ...start });
      for (const count of counts) {
        const { scale, shift } = await endsOnGaussian(name, parameters, count, 1.5);
        expect(Math.abs(scale - 1), `spread at ${count}: ${scale}`).toBeLessThan(within);
        expect(Math.abs(shift - 1), `place at ${count}: ${shift}`).toBeLessThan(within);
      }
    },
    120_000,
  );
});
