import { UsageError } from '../../ground/errors.ts';
import { alphaBarsOf, cosineBetas, trainedSteps } from '../network/ddpm-process.ts';
import { predict } from './guidance.ts';
import { roundHalfEven } from './half-even.ts';
import { combined } from './rows.ts';
import type { Rule } from './rule.ts';

/** A point of the noise schedule: signal α, noise σ and λ = log(α/σ). */
interface Level {
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

/** The end of sampling: no noise. */
const clean: Level = { alpha: 1, sigma: 0, lambda: Number.POSITIVE_INFINITY };

/** The levels of the trained process; its betas and ᾱ are kept in float32, as the original keeps them. */
function levels(): Level[] {
  const alphaBars = alphaBarsOf(cosineBetas(trainedSteps).map((beta) => 1 - Math.fround(1 - Math.fround(beta))));
  return Array.from(alphaBars, (value) => {
    const alphaBar = Math.fround(value);
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    return { alpha, sigma, lambda: Math.log(alpha / sigma) };
  });
}

/** The steps of the trained process that n steps visit: of n + 1 evenly from 0 to 999 all but 0, descending. */
export function visitedSteps(steps: number): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps >= trainedSteps)
    throw new UsageError(`steps: expected 1 to ${trainedSteps - 1}, got ${steps}`);
  const stride = (trainedSteps - 1) / steps; // multiplied, as NumPy has it: its rounding decides some halves
  return Array.from({ length: steps }, (_, i) => roundHalfEven((steps - i) * stride));
}

/** How a step leads from a state to the next level under the data that it heads for, with unit normals. */
type Move = (x: Float64Array, data: Float64Array, from: Level, to: Level, z: Float64Array) => Float64Array;

/** A rule of second order in the data; the first step and the last one, into no noise, are of first order. */
const multistep = (title: string, move: Move, normals?: (steps: number) => number): Rule => ({
  title,
  steps: 20,
  ...(normals && { normals }),
  start: (problem, settings) => {
    const times = visitedSteps(settings.steps);
    const all = levels();
    const path = [...times.map((time) => all[time] ?? clean), clean];
    let previous: { readonly data: Float64Array; readonly level: Level } | undefined;
    return {
      times,
      step: async (index, x, z) => {
        const [from, to] = [path[index] ?? clean, path[index + 1] ?? clean];
        const { prediction: v } = await predict(problem, settings, x, times[index] ?? 0);
        const data = combined(from.alpha, x, -from.sigma, v);
        const corrected = previous && to !== clean ? secondOrder(data, from, to, previous) : data;
        previous = { data, level: from };
        return { x: move(x, corrected, from, to, z), v, predictedData: data };
      },
    };
  },
});

/**
 * VibeVoice's sampler: DPM-Solver++(2M), midpoint form (arXiv 2211.01095), of a network that predicts v, so that data is
 * α·x − σ·v.
 */
export const vibevoiceDpmpp = multistep("VibeVoice's DPM-Solver++(2M)", (x, data, from, to) => {
  const decay = Math.exp(from.lambda - to.lambda);
  return combined(to.sigma / from.sigma, x, to.alpha * (1 - decay), data);
});

/** Its stochastic form, which the system's demos take: SDE-DPM-Solver++(2M), new noise in every step. */
export const vibevoiceSde = multistep(
  "VibeVoice's SDE-DPM-Solver++(2M)",
  (x, data, from, to, z) => {
    const decay = Math.exp(from.lambda - to.lambda);
    const moved = combined((to.sigma / from.sigma) * decay, x, to.alpha * (1 - decay ** 2), data);
    return combined(1, moved, to.sigma * Math.sqrt(1 - decay ** 2), z);
  },
  (steps) => steps,
);

/** The data that a second-order step heads for: extrapolated by half a step in λ from the two last predictions. */
function secondOrder(
  data: Float64Array,
  from: Level,
  to: Level,
  previous: { readonly data: Float64Array; readonly level: Level },
): Float64Array {
  const ratio = (to.lambda - from.lambda) / (2 * (from.lambda - previous.level.lambda));
  return combined(1 + ratio, data, -ratio, previous.data);
}
