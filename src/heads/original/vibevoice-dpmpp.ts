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

/**
 * VibeVoice's sampler: DPM-Solver++(2M), midpoint form (arXiv 2211.01095), of a network that predicts v, so that data is
 * α·x − σ·v. The first step and the last one, into no noise, are of first order.
 */
export const vibevoiceDpmpp: Rule = {
  title: "VibeVoice's DPM-Solver++(2M)",
  steps: 20,
  start: (problem, settings) => {
    const times = visitedSteps(settings.steps);
    const all = levels();
    const path = [...times.map((time) => all[time] ?? clean), clean];
    let previous: { readonly data: Float64Array; readonly level: Level } | undefined;
    return {
      times,
      step: async (index, x) => {
        const [from, to] = [path[index] ?? clean, path[index + 1] ?? clean];
        const { prediction: v } = await predict(problem, settings, x, times[index] ?? 0);
        const data = combined(from.alpha, x, -from.sigma, v);
        const corrected = previous && to !== clean ? secondOrder(data, from, to, previous) : data;
        previous = { data, level: from };
        const decay = Math.exp(from.lambda - to.lambda);
        return { x: combined(to.sigma / from.sigma, x, to.alpha * (1 - decay), corrected), v, predictedData: data };
      },
    };
  },
};

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
