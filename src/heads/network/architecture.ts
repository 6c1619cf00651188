import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Modulations } from './modulation.ts';
import type { NetworkConfig } from './network-config.ts';
import type { ArchitectureTemplate } from './template.ts';

/** Times [B] in the network's own units: t, and s of networks between two times (t unless given). */
export interface NetworkTimes {
  readonly t: tf.Tensor;
  readonly s?: tf.Tensor;
}

/** A network in parts, so that what depends on the context alone is computed once for all its draws. */
export interface Architecture {
  /** Its tensors. */
  readonly template: ArchitectureTemplate;
  /** Whether it maps between two times, s and t; not unless given. */
  readonly twoTimes?: true;
  /** Whether it makes a token of noise in one call, without a time: no flow, and no student's head; not unless given. */
  readonly oneCall?: true;
  /** How many times wider than the network its blocks are inside, as its systems have it; 1 unless given. */
  readonly hiddenRatio?: number;
  /** The context's embedding [B, W] of its times and its hidden state c [B, H]. */
  readonly embed: (parameters: NamedTensors, config: NetworkConfig, times: NetworkTimes, c: tf.Tensor) => tf.Tensor;
  /** The modulations of all layers from an embedding y [B, W]. */
  readonly modulate: (parameters: NamedTensors, config: NetworkConfig, y: tf.Tensor) => Modulations;
  /** The output [B, K, output] for x [B, K, D]. */
  readonly apply: (parameters: NamedTensors, x: tf.Tensor, by: Modulations, config: NetworkConfig) => tf.Tensor;
}
