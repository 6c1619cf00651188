import { alphaBarBefore, type DiffusionStep, diffusionRule } from './mar-diffusion.ts';
import { combined } from './rows.ts';

/**
 * Ancestral DDPM with learned variances (arXiv 2102.09672) as MAR samples: the log variance lies between the
 * posterior's and log β, temperature multiplies the injected normal, and the last step adds none.
 */
export const marDdpm = diffusionRule({ title: "MAR's DDPM", steps: 100, normals: (steps) => steps }, (step) => {
  const { i, x, predictedData, z, temperature } = step;
  const { onData, onState, lowest, highest } = posterior(step);
  const mean = combined(onData, predictedData, onState, x);
  const logVariance = step.variance.map((value) => lowest + ((value + 1) / 2) * (highest - lowest));
  const noisy = (value: number, at: number): number =>
    value + Math.exp((logVariance[at] ?? 0) / 2) * temperature * (z[at] ?? 0);
  return { x: i > 0 ? mean.map(noisy) : mean, predictedData, mean, logVariance };
});

/** The posterior q(x_{i−1} | x_i, x_0): what its mean weighs, and the bounds of the learned log variance. */
function posterior({ i, schedule }: DiffusionStep) {
  const before = alphaBarBefore(schedule, i);
  const beta = schedule.betas[i] ?? 0;
  const left = 1 - (schedule.alphaBars[i] ?? 1);
  // At the first index the variance is 0: its logarithm is that of the second, as in the original.
  const at = i > 0 ? i : 1;
  const betaAt = schedule.betas[at] ?? beta;
  const variance = (betaAt * (1 - alphaBarBefore(schedule, at))) / (1 - (schedule.alphaBars[at] ?? 0));
  return {
    onData: (beta * Math.sqrt(before)) / left,
    onState: ((1 - before) * Math.sqrt(1 - beta)) / left,
    lowest: Math.log(variance),
    highest: Math.log(beta),
  };
}
