import type { Layout, Range, Region } from './arena.ts';
import { type Lanes, type Memory, openMemory } from './memory.ts';

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

/** The regions of the training state, all of one layout: side by side in each of its memories. */
export interface TrainingState {
  readonly parameters: Region;
  readonly gradients: Region;
  readonly mean: Region;
  readonly variance: Region;
  readonly average: Region;
}

/** A training state and the pass over it. */
export interface Optimizer {
  readonly state: TrainingState;
  /** Euclidean norm of the whole gradient, accumulated in float64. */
  readonly gradientNorm: () => number;
  /** Whether the weights and their average are finite, all of them. */
  readonly isFinite: () => boolean;
  /**
   * One AdamW update and one step of the moving average, of some ranges (all unless given). `step` counts from 0,
   * `learningRate` is the scheduled one.
   */
  readonly update: (
    options: OptimizerOptions,
    step: number,
    learningRate: number,
    norm: number,
    ranges?: readonly Range[],
  ) => void;
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

/**
 * An optimizer over zeroed regions of a layout's sizes, each memory's a multiple of 4 floats. However many memories they lie
 * in, the numbers are the same. Throws EngineError where there is no memory for them.
 */
export function createOptimizer({ sizes }: Pick<Layout, 'sizes'>): Optimizer {
  const memories = sizes.map(openMemory);
  const region = (index: number): Region => memories.map(({ regions }) => regions[index] as Float32Array);
  const all: readonly Range[] = sizes.map((size, memory) => ({ memory, offset: 0, size }));
  /** The memory of a range, and the bytes at which it lies in some of the regions. */
  const placed = ({ memory, offset }: Range, indices: readonly number[]) => {
    const { pass, at } = memories[memory] as Memory;
    return { pass, regions: indices.map((index) => at(index, offset)) };
  };
  /** In float64, which the sum of so many squares of float32 cannot leave: it is finite where all numbers are. */
  const sumOfSquares = (index: number): number => {
    let sums: Lanes = [0, 0, 0, 0];
    for (const [place, { pass, at }] of memories.entries())
      sums = pass.sumsOfSquares(at(index, 0), sizes[place] ?? 0, ...sums);
    return sums[0] + sums[2] + (sums[1] + sums[3]);
  };
  return {
    state: { parameters: region(0), gradients: region(1), mean: region(2), variance: region(3), average: region(4) },
    gradientNorm: () => Math.sqrt(sumOfSquares(1)),
    isFinite: () => [0, 4].map(sumOfSquares).every(Number.isFinite),
    update: (options, step, learningRate, norm, ranges = all) => {
      const { beta1, beta2, epsilon } = options;
      const { rate, correction, kept, decay } = ratesAt(options, step, learningRate);
      const scalars = [clipping(options, norm), beta1, beta2, rate, correction, epsilon];
      for (const range of ranges) {
        const { pass, regions } = placed(range, [0, 1, 2, 3, 4]);
        pass.update(...regions, range.size, ...scalars, kept, decay);
      }
    },
    momentum: (options, norm, beta, range) => {
      const { pass, regions } = placed(range, [1, 2]);
      pass.momentum(...regions, range.size, clipping(options, norm), beta);
    },
    move: (options, step, learningRate, rate, range) => {
      const { pass, regions } = placed(range, [0, 1, 4]);
      const { kept, decay } = ratesAt(options, step, learningRate);
      pass.move(...regions, range.size, rate, kept, decay);
    },
  };
}

/** What a gradient of a norm is multiplied by. */
const clipping = ({ clip }: OptimizerOptions, norm: number): number => (norm > clip ? clip / norm : 1);

/** The numbers of an update that change from step to step. */
export interface Rates {
  /** AdamW's learning rate with the correction of its first moment. */
  readonly rate: number;
  /** What corrects its second moment. */
  readonly correction: number;
  /** What weight decay leaves of a weight. */
  readonly kept: number;
  /** The decay of the moving average. */
  readonly decay: number;
}

/** The rates of a step, from 0, at its scheduled learning rate. */
export const ratesAt = (
  { beta1, beta2, weightDecay, ema }: OptimizerOptions,
  step: number,
  learningRate: number,
): Rates => ({
  rate: learningRate / (1 - beta1 ** (step + 1)),
  correction: 1 / (1 - beta2 ** (step + 1)),
  kept: 1 - learningRate * weightDecay,
  decay: Math.min(ema, (1 + step) / (10 + step)),
});
