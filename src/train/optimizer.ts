/** Knobs of AdamW (arXiv 1711.05101) and of the exponential moving average of the weights. */
export interface OptimizerOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient; larger ones are scaled down to it. */
  readonly clip: number;
  /** Decay of the moving average; warmed up as min(ema, (1 + step)/(10 + step)). */
  readonly ema: number;
}

/** The regions of the training state, all of one layout. */
export interface TrainingState {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly average: Float32Array;
}

/** Euclidean norm of the whole gradient, accumulated in float64. */
export function gradientNorm(gradients: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) {
    const g = gradients[i] as number;
    sum += g * g;
  }
  return Math.sqrt(sum);
}

/**
 * One AdamW update and one step of the moving average in a single pass over the arena. `step` counts from 0;
 * `learningRate` is the scheduled one, `norm` the gradient's global norm.
 */
export function optimizerPass(
  state: TrainingState,
  options: OptimizerOptions,
  step: number,
  learningRate: number,
  norm: number,
): void {
  const { parameters, gradients, mean, variance, average } = state;
  const { beta1, beta2, epsilon, weightDecay, clip } = options;
  const scale = norm > clip ? clip / norm : 1;
  const rate = learningRate / (1 - beta1 ** (step + 1));
  const correction = 1 / (1 - beta2 ** (step + 1));
  const keep = 1 - learningRate * weightDecay;
  const decay = Math.min(options.ema, (1 + step) / (10 + step));
  for (let i = 0; i < parameters.length; i++) {
    const g = (gradients[i] as number) * scale;
    const m = beta1 * (mean[i] as number) + (1 - beta1) * g;
    const v = beta2 * (variance[i] as number) + (1 - beta2) * g * g;
    const p = keep * (parameters[i] as number) - (rate * m) / (Math.sqrt(v * correction) + epsilon);
    mean[i] = m;
    variance[i] = v;
    parameters[i] = p;
    average[i] = decay * (average[i] as number) + (1 - decay) * p;
  }
}
