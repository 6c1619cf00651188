import { alphaBarsOf } from '../network/ddpm-process.ts';

/** Constants of a discrete diffusion of n steps that its training loss looks up by step, all [n]. */
export interface NoiseSchedule {
  /** √ᾱ: the share of the data in x_t. */
  readonly signal: Float32Array;
  /** √(1 − ᾱ): the share of the noise in x_t. */
  readonly noise: Float32Array;
  /** √(1/ᾱ) and √(1/ᾱ − 1): data = dataOfState·x_t − dataOfNoise·noise. */
  readonly dataOfState: Float32Array;
  readonly dataOfNoise: Float32Array;
  /** Mean of the posterior q(x_{t−1} | x_t, data): meanOfData·data + meanOfState·x_t. */
  readonly meanOfData: Float32Array;
  readonly meanOfState: Float32Array;
  /** Log-variance of that posterior (at step 0, where it is −∞, that of step 1), and log β: the bounds of a learned one. */
  readonly leastLogVariance: Float32Array;
  readonly mostLogVariance: Float32Array;
}

/** The constants of a process by its betas, computed in float64 and rounded to float32 as the original does. */
export function noiseSchedule(betas: Float64Array): NoiseSchedule {
  const products = alphaBarsOf(betas);
  const table = (f: (beta: number, now: number, before: number, step: number) => number): Float32Array =>
    Float32Array.from(betas, (beta, step) => f(beta, products[step] ?? 0, products[step - 1] ?? 1, step));
  const variance = table((beta, now, before) => (beta * (1 - before)) / (1 - now));
  return {
    signal: table((_, now) => Math.sqrt(now)),
    noise: table((_, now) => Math.sqrt(1 - now)),
    dataOfState: table((_, now) => Math.sqrt(1 / now)),
    dataOfNoise: table((_, now) => Math.sqrt(1 / now - 1)),
    meanOfData: table((beta, now, before) => (beta * Math.sqrt(before)) / (1 - now)),
    meanOfState: table((beta, now, before) => ((1 - before) * Math.sqrt(1 - beta)) / (1 - now)),
    leastLogVariance: variance.map((value, step) => Math.log(step === 0 ? (variance[1] ?? value) : value)),
    mostLogVariance: table((beta) => Math.log(beta)),
  };
}
