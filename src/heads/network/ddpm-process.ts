/** The discrete diffusion process (DDPM) that MAR and VibeVoice are trained on. */

/** Its steps: index 0 is almost clean, the last one almost noise. */
export const trainedSteps = 1000;

/** The cosine schedule of arXiv 2102.09672, eq. 17: the betas of n steps, capped at 0.999; float64. */
export function cosineBetas(steps: number): Float64Array {
  const product = (time: number): number => Math.cos(((time + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  return Float64Array.from({ length: steps }, (_, i) =>
    Math.min(1 - product((i + 1) / steps) / product(i / steps), 0.999),
  );
}

/** The linear schedule of arXiv 2006.11239: betas from 1e-4 to 0.02 over n steps; float64. */
export const linearBetas = (steps: number): Float64Array =>
  Float64Array.from({ length: steps }, (_, i) => 1e-4 + ((0.02 - 1e-4) * i) / (steps - 1));

/** The signal that is left after each step, ᾱ: the running products of 1 − β. */
export function alphaBarsOf(betas: Float64Array): Float64Array {
  let product = 1;
  return betas.map((beta) => {
    product *= 1 - beta;
    return product;
  });
}
