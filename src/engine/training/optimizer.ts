import { EngineError } from '../../ground/errors.ts';
import type { Range } from './arena.ts';
import { optimizerBytes } from './optimizer-bytes.ts';

/** Which rule moves the weights: AdamW all of them, or Muon the hidden matrices and AdamW the others. */
export type OptimizerName = 'adamw' | 'muon';

/** Muon's learning rate in units of AdamW's where nothing else is said. */
export const defaultMuonScale = 5;

/** Knobs of AdamW (arXiv 1711.05101), of Muon, and of the exponential moving average of the weights. */
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
  /** Muon's learning rate in units of AdamW's. */
  readonly muonScale?: number;
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
  /**
   * One AdamW update and one step of the moving average, of a range (all unless given). `step` counts from 0,
   * `learningRate` is the scheduled one.
   */
  readonly update: (options: OptimizerOptions, step: number, learningRate: number, norm: number, range?: Range) => void;
  /** The mean of a range takes the clipped gradient in, m ← beta·m + g; the gradient becomes g + beta·m. */
  readonly momentum: (options: OptimizerOptions, norm: number, beta: number, range: Range) => void;
  /** Moves a range against its gradients by a rate, after weight decay; and one step of the moving average. */
  readonly move: (options: OptimizerOptions, step: number, learningRate: number, rate: number, range: Range) => void;
}

/** How a training state takes a step from its gradients, whose norm is known; they may be lost by it. */
export interface Stepper {
  /** `step` counts from 0, `learningRate` is the scheduled one. */
  readonly update: (
    options: OptimizerOptions,
    step: number,
    learningRate: number,
    norm: number,
  ) => void | Promise<void>;
  /** Frees its programs. */
  readonly dispose: () => Promise<void>;
}

/** The functions of optimizer.wat; regions are byte offsets. */
interface Pass {
  readonly sumOfSquares: (at: number, count: number) => number;
  readonly update: (...regionsCountAndScalars: number[]) => void;
  readonly momentum: (...regionsCountAndScalars: number[]) => void;
  readonly move: (...regionsCountAndScalars: number[]) => void;
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
  const all: Range = { offset: 0, size };
  const at = (index: number, { offset }: Range): number => index * bytes + offset * Float32Array.BYTES_PER_ELEMENT;
  return {
    state: { parameters: region(0), gradients: region(1), mean: region(2), variance: region(3), average: region(4) },
    gradientNorm: () => Math.sqrt(pass.sumOfSquares(bytes, size)),
    update: (options, step, learningRate, norm, range = all) => {
      const { beta1, beta2, epsilon } = options;
      const rate = learningRate / (1 - beta1 ** (step + 1));
      const correction = 1 / (1 - beta2 ** (step + 1));
      const regions = [0, 1, 2, 3, 4].map((index) => at(index, range));
      const scalars = [clipping(options, norm), beta1, beta2, rate, correction, epsilon];
      pass.update(...regions, range.size, ...scalars, kept(options, learningRate), decayAt(options, step));
    },
    momentum: (options, norm, beta, range) =>
      pass.momentum(at(1, range), at(2, range), range.size, clipping(options, norm), beta),
    move: (options, step, learningRate, rate, range) => {
      const regions = [0, 1, 4].map((index) => at(index, range));
      pass.move(...regions, range.size, rate, kept(options, learningRate), decayAt(options, step));
    },
  };
}

/** What a gradient of a norm is multiplied by. */
const clipping = ({ clip }: OptimizerOptions, norm: number): number => (norm > clip ? clip / norm : 1);

/** What weight decay leaves of a weight. */
const kept = ({ weightDecay }: OptimizerOptions, learningRate: number): number => 1 - learningRate * weightDecay;

/** The decay of the moving average at a step, from 0. */
const decayAt = ({ ema }: OptimizerOptions, step: number): number => Math.min(ema, (1 + step) / (10 + step));
