import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from '../network/config.ts';

/** How a time is counted: from 0 (noise) to 1 (data), or in whole steps of a process, 0 almost clean. */
export type TimeUnit = 'unit' | 'step';

/** What is told of a loss: `loss`, the scalar that is descended, and by the names of outputs what else there is. */
export type LossValues = { readonly loss: tf.Tensor; readonly [output: string]: tf.Tensor };

/** One scalar that an original system descends, with the gradients that are asked for. */
export interface Loss {
  /** What its outputs' names start with where a family has several losses. */
  readonly variant?: string;
  /** What the names of its gradients start with. */
  readonly gradient: 'grad' | 'grad_mse';
  /** The times [B] that it reads. */
  readonly times: Readonly<Record<string, TimeUnit>>;
  /**
   * Shapes of the batch where it is no `target` and `noise`, by name: a word stands for any size, `rows` for that
   * of `c`.
   */
  readonly reads?: (config: HeadConfig) => Readonly<Record<string, readonly (number | string)[]>>;
  /** The least that a word of these may stand for. */
  readonly least?: Readonly<Record<string, number>>;
  /** Shapes of what it reads beside the head's own parameters and is trained along; nothing unless given. */
  readonly along?: Readonly<Record<string, readonly number[]>>;
  /**
   * Its values, of the head's parameters with `c` [B, H] and with what is trained along, and of a batch: `target`
   * [B, 1, D], `noise` [B, K, D], times [B] and, where there is one, `mask` [B]; or what it reads itself.
   */
  readonly values: (parameters: NamedTensors, config: HeadConfig, batch: NamedTensors) => LossValues;
}
