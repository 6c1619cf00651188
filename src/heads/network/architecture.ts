/** Heads of every architecture through the same three functions: embed the context, modulate, apply. */
import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from './config.ts';
import type { Modulations } from './modulation.ts';
import { applyHead, embedContext, modulations } from './skeleton.ts';
import { applySwiglu, embedSwiglu, swigluModulations } from './swiglu.ts';
import type { ArchitectureName } from './templates.ts';
import { embedTwoTimes } from './two-time.ts';

/** Times [B] in the network's own units: t, and s of networks between two times (t unless given). */
export interface NetworkTimes {
  readonly t: tf.Tensor;
  readonly s?: tf.Tensor;
}

/** A network in parts, so that what depends on the context alone is computed once for all its draws. */
export interface Architecture {
  /** The context's embedding [B, W] of its times and its hidden state c [B, H]. */
  readonly embed: (parameters: NamedTensors, config: HeadConfig, times: NetworkTimes, c: tf.Tensor) => tf.Tensor;
  /** The modulations of all layers from an embedding y [B, W]. */
  readonly modulate: (parameters: NamedTensors, config: HeadConfig, y: tf.Tensor) => Modulations;
  /** The output [B, K, output] for x [B, K, D]. */
  readonly apply: (parameters: NamedTensors, x: tf.Tensor, by: Modulations) => tf.Tensor;
}

const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  residual: {
    embed: (parameters, config, { t }, c) => embedContext(parameters, config, t, c),
    modulate: modulations,
    apply: applyHead,
  },
  'two-time': {
    embed: (parameters, config, { s, t }, c) => embedTwoTimes(parameters, config, [s ?? t, t], c),
    modulate: modulations,
    apply: applyHead,
  },
  swiglu: {
    embed: (parameters, config, { t }, c) => embedSwiglu(parameters, config, t, c),
    modulate: swigluModulations,
    apply: applySwiglu,
  },
};

/** The functions of a config's architecture. */
export const architecture = ({ architecture: name = 'residual' }: HeadConfig): Architecture => architectures[name];

/** The raw output [B, K, output] of a head at x [B, K, D], its own times [B] and the hidden states c [B, H]. */
export function headOutput(
  parameters: NamedTensors,
  config: HeadConfig,
  x: tf.Tensor,
  times: NetworkTimes,
  c: tf.Tensor,
): tf.Tensor {
  const { embed, modulate, apply } = architecture(config);
  return apply(parameters, x, modulate(parameters, config, embed(parameters, config, times, c)));
}
