import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../../engine/graph/program.ts';
import type { HeadConfig } from '../../../heads/network/config.ts';

/** pocket-tts' losses: as it trains, fully detached, of a step without the jump, and without the learned weights. */
export const variantNames = ['lsd_minimal', 'lsd_classic', 'lsd_skip', 'lsd_eval_plain'] as const;

/** One of them. */
export type VariantName = (typeof variantNames)[number];

/** How a time is counted: from 0 (noise) to 1 (data), or in whole steps of a process, 0 almost clean. */
export type TimeUnit = 'unit' | 'step';

/** One scalar of a family's training whose gradients are asked for. */
export interface LossObjective {
  /** What its outputs' names start with where a family has several losses. */
  readonly variant?: VariantName;
  /** What the names of its gradients start with. */
  readonly gradient: 'grad' | 'grad_mse';
  /** The times [B] that it reads. */
  readonly times: Readonly<Record<string, TimeUnit>>;
  /** Whether it reads the weights of pocket-tts' learned log-weight, as parameters `weighting.…`. */
  readonly weighing?: true;
  /**
   * `loss`, and by the names of outputs what else is told, of the head's parameters and `c` [B, H], and of a batch:
   * `target` and `noise` [B, 1, D], times [B] and, where there is one, `mask` [B].
   */
  readonly values: (
    parameters: NamedTensors,
    config: HeadConfig,
    batch: NamedTensors,
  ) => { readonly loss: tf.Tensor; readonly [output: string]: tf.Tensor };
}
