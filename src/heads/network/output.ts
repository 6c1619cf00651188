import type * as tf from '@tensorflow/tfjs';
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
