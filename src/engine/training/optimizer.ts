import { EngineError } from '../../ground/errors.ts';
import { optimizerBytes } from './optimizer-bytes.ts';

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

/** The regions of the training state, all of one layout, side by side in one memory. */
export interface TrainingState {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly average: Float32Array;
}

/** A training state and the pass over it. */
export interface Optimizer {
  readonly state: TrainingState;
  /** Euclidean norm of the whole gradient, accumulated in float64. */
  readonly gradientNorm: () => number;
  /** One AdamW update and one step of the moving average. `step` counts from 0, `learningRate` is the scheduled one. */
  readonly update: (options: OptimizerOptions, step: number, learningRate: number, norm: number) => void;
}

/** The functions of optimizer.wat; regions are byte offsets. */
interface Pass {
  readonly sumOfSquares: (at: number, count: number) => number;
  readonly update: (...regionsCountAndScalars: number[]) => void;
}

const PAGE = 65_536;
/** WebAssembly addresses 4 GiB. */
const MOST_PAGES = 65_536;

/** An optimizer over regions of `size` floats, a multiple of 4. Throws an EngineError where its state exceeds 4 GiB. */
export function createOptimizer(size: number): Optimizer {
  const bytes = size * Float32Array.BYTES_PER_ELEMENT;
  const pages = Math.max(1, Math.ceil((5 * bytes) / PAGE));
  if (pages > MOST_PAGES) {
    const most = Math.floor((MOST_PAGES * PAGE) / 20e6);
    throw new EngineError(
      `training: expected at most ${most} million parameters, got ${(size / 1e6).toFixed(0)} million`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const region = (index: number): Float32Array => new Float32Array(memory.buffer, index * bytes, size);
  const module = new WebAssembly.Module(Buffer.from(optimizerBytes, 'base64'));
  const pass = new WebAssembly.Instance(module, { arena: { memory } }).exports as unknown as Pass;
  return {
    state: { parameters: region(0), gradients: region(1), mean: region(2), variance: region(3), average: region(4) },
    gradientNorm: () => Math.sqrt(pass.sumOfSquares(bytes, size)),
    update: ({ beta1, beta2, epsilon, weightDecay, clip, ema }, step, learningRate, norm) => {
      const scale = norm > clip ? clip / norm : 1;
      const rate = learningRate / (1 - beta1 ** (step + 1));
      const correction = 1 / (1 - beta2 ** (step + 1));
      const keep = 1 - learningRate * weightDecay;
      const decay = Math.min(ema, (1 + step) / (10 + step));
      pass.update(
        0,
        bytes,
        2 * bytes,
        3 * bytes,
        4 * bytes,
        size,
        scale,
        beta1,
        beta2,
        rate,
        correction,
        epsilon,
        keep,
        decay,
      );
    },
  };
}
