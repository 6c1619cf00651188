import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture, NetworkTimes } from './architecture.ts';
import type { HeadConfig } from './config.ts';
import { architectures } from './table.ts';

/** The functions of a config's architecture. */
export const architecture = ({ architecture: name = 'residual' }: HeadConfig): Architecture => architectures[name];

/** Whether heads of a config map between two times. */
export const takesTwoTimes = ({
  architecture: name = 'residual',
  graph,
}: Readonly<Pick<HeadConfig, 'architecture' | 'graph'>>): boolean =>
  graph === undefined ? architectures[name].twoTimes === true : graph.s !== undefined;

/** Whether heads of a config make a token in one call, without a time. */
export const isOneCall = ({ architecture: name = 'residual' }: Readonly<Pick<HeadConfig, 'architecture'>>): boolean =>
  architectures[name].oneCall === true;

/** The raw output [B, K, output] of a head at x [B, K, D], its own times [B] and the hidden states c [B, H]. */
export function headOutput(
  parameters: NamedTensors,
  config: HeadConfig,
  x: tf.Tensor,
  times: NetworkTimes,
  c: tf.Tensor,
): tf.Tensor {
  const { embed, modulate, apply } = architecture(config);
  return apply(parameters, x, modulate(parameters, config, embed(parameters, config, times, c)), config);
}

/** The tokens [B, K, D] that a head which is called once makes of noise u [B, K, noise] under the hidden states c [B, H]. */
export const madeOf = (parameters: NamedTensors, config: HeadConfig, u: tf.Tensor, c: tf.Tensor): tf.Tensor =>
  headOutput(parameters, config, u, { t: tf.zeros([1]) }, c);
