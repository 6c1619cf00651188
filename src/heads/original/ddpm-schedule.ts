import { UsageError } from '../../ground/errors.ts';
import { alphaBarsOf, cosineBetas, trainedSteps } from '../network/ddpm-process.ts';
import { roundHalfEven } from './half-even.ts';

/** A discrete DDPM (arXiv 2102.09672): noise added at each step and the signal that is left, ᾱ, in float64. */
export interface DdpmSchedule {
  readonly betas: Float64Array;
  readonly alphaBars: Float64Array;
}

/** The original step of each of `steps` respaced ones, ascending: evenly from 0 to 999, halves to the even neighbour. */
export function respacedSteps(steps: number): Int32Array {
  if (!Number.isInteger(steps) || steps < 1 || steps > trainedSteps)
    throw new UsageError(`steps: expected 1 to ${trainedSteps}, got ${steps}`);
  const stride = steps > 1 ? (trainedSteps - 1) / (steps - 1) : 1;
  let position = 0;
  return Int32Array.from({ length: steps }, () => {
    const step = roundHalfEven(position);
    position += stride; // a running sum, as the original has it: its rounding decides some halves
    return step;
  });
}

/** The process that visits only some steps, with the same ᾱ at them. */
export function respaced(kept: Int32Array): DdpmSchedule {
  const all = alphaBarsOf(cosineBetas(trainedSteps));
  let previous = 1;
  const betas = Float64Array.from(kept, (step) => {
    const alphaBar = all[step] ?? 0;
    const beta = 1 - alphaBar / previous;
    previous = alphaBar;
    return beta;
  });
  return { betas, alphaBars: alphaBarsOf(betas) };
}
