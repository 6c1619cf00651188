/**
 * A watch over the raw error of a training: how far the weights are from what they must do, on a batch that never changes.
 * A loss may hide that it diverges: learned and adaptive weights shrink what grows, a clip bounds every step, and targets
 * that the network makes itself go with it.
 */
import type * as tf from '@tensorflow/tfjs';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { compile } from '../compile.ts';
import type { Engine, NamedTensors, TensorSpec } from '../graph/program.ts';
import { type Layout, type Region, views } from './arena.ts';
import { prefixed, unprefixed } from './prefix.ts';

/** What is measured. */
export interface Probe {
  readonly batchSpecs: Readonly<Record<string, TensorSpec>>;
  /** What never changes, asked for once: the batch, and the error of weights that have learnt nothing, in its units. */
  readonly batch: () => Promise<{ readonly tensors: Readonly<Record<string, HostTensor>>; readonly scale: number }>;
  /** The error of the weights, a scalar. */
  readonly error: (parameters: NamedTensors, batch: NamedTensors) => tf.Tensor;
}

/** The raw error after a step; of step 0 before the first. */
export interface RawError {
  readonly step: number;
  readonly error: number;
}

/** What errors tell, in order of their steps. */
export interface Verdict {
  /** Errors above this are no training's that works. */
  readonly limit: number;
  readonly best: RawError;
  readonly now: RawError;
  /** Whether the last one is above the limit. */
  readonly suspect: boolean;
  /** Whether so many in a row are that it will not come back. */
  readonly diverged: boolean;
}

/** Errors must be above this many times both the best one and the scale, at so many looks in a row. */
export const [FACTOR, LOOKS] = [1.5, 3] as const;

/**
 * Judges errors by the best of them and by the scale. The best alone would accuse students that start nearly right and
 * are then taught something else, the scale alone those that start from worse than nothing.
 */
export function judge(errors: readonly RawError[], scale: number): Verdict {
  const none: RawError = { step: 0, error: Number.POSITIVE_INFINITY };
  const best = errors.reduce((least, each) => (each.error < least.error ? each : least), none);
  const limit = FACTOR * Math.max(scale, best.error);
  const now = errors.at(-1) ?? best;
  const last = errors.slice(-LOOKS);
  return {
    ...{ limit, best, now },
    suspect: now.error > limit,
    diverged: last.length === LOOKS && last.every(({ error }) => error > limit),
  };
}

/** An open watch over weights in their place. */
export interface Watch {
  /** Measures the error after a step, 0 for what training starts from. */
  readonly look: (step: number) => Promise<number>;
  /** Takes errors in that were measured before, of steps after those looked at. */
  readonly recall: (earlier: readonly RawError[]) => void;
  /** What all errors until now tell. */
  readonly verdict: () => Verdict;
  readonly dispose: () => Promise<void>;
}

/** Opens a watch over the weights of an arena. */
export async function openWatch(
  { batchSpecs, batch, error: errorOf }: Probe,
  layout: Layout,
  parameters: Region,
  engine: Engine,
): Promise<Watch> {
  const { tensors, scale } = await batch();
  const parameterSpecs = Object.fromEntries(layout.slots.map(({ name, shape }) => [name, { shape }]));
  const program = await compile(
    (inputs) => ({ error: errorOf(unprefixed('parameter', inputs), unprefixed('batch', inputs)) }),
    { ...prefixed('parameter', parameterSpecs), ...prefixed('batch', batchSpecs) },
    { engine },
  );
  const feeds = { ...prefixed('parameter', views(layout, parameters)), ...prefixed('batch', tensors) };
  const errors: RawError[] = [];
  return {
    look: async (step) => {
      const error = (await program.run(feeds)).error?.data[0] ?? Number.NaN;
      errors.push({ step, error });
      return error;
    },
    recall: (earlier) => void errors.push(...earlier),
    verdict: () => judge(errors, scale),
    dispose: () => program.dispose(),
  };
}
