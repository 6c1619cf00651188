/** A head that came as an ONNX graph, as an architecture among the others. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { onnxFunction, tensorType } from '../../engine/onnx-graph/onnx-function.ts';
import { graphOf, type StoredGraph } from '../../engine/onnx-graph/stored-graph.ts';
import { DataError } from '../../ground/errors.ts';
import type { Architecture } from './architecture.ts';
import { type GraphHead, timesOfGraph } from './graph-config.ts';
import type { NetworkConfig } from './network-config.ts';
import { embeddedTime } from './time-embedding.ts';

/** The graph of a config. Throws TypeError where it is of another architecture. */
function graphIn({ graph }: NetworkConfig): GraphHead {
  if (graph === undefined) throw new TypeError('a head of an ONNX graph without it');
  return graph;
}

/**
 * A context's embedding is what the graph takes of it, c and the times side by side [B, H + 1]: what a student hears beside is
 * added there, on the way into the graph, so that a graph of any kind can hear it.
 */
export const graphArchitecture: Architecture = {
  template: { sign: '', fixed: {}, blocks: '', block: {} },
  embed: (_, config, { t, s }, c) => {
    const times = graphIn(config).s === undefined ? [t] : [t, s ?? t];
    const columns = times.map((time) => tf.reshape(embeddedTime(config, time), [-1, 1]));
    return tf.concat([c, ...columns], 1);
  },
  modulate: (_, __, y) => ({ blocks: [], final: { shift: y, scale: y } }),
  apply: (parameters, x, { final: { shift: y } }, config) => applyGraph(parameters, config, x, y),
};

/** The graph's output [B, K, output] for x [B, K, D] under an embedding y [B, H + 1 or 2]. */
function applyGraph(parameters: NamedTensors, config: NetworkConfig, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const head = graphIn(config);
  const [contexts = 1, draws = 1] = x.shape;
  const rows = contexts * draws;
  const width = y.shape[1] ?? 1;
  const repeated = draws === 1 ? y : tf.reshape(tf.tile(tf.expandDims(y, 1), [1, draws, 1]), [rows, width]);
  const count = timesOfGraph(head);
  const [c = repeated, ...times] = tf.split(repeated, [width - count, ...Array.from({ length: count }, () => 1)], 1);
  const out = graphOutput(parameters, head, { x, c, times });
  if (out.size !== rows * head.outputs)
    throw new DataError(
      `output ${head.output}: expected ${rows} rows of ${head.outputs} numbers, got [${out.shape.join(', ')}]`,
    );
  return tf.reshape(out, [contexts, draws, head.outputs]);
}

/** What a graph takes, a row a token: x [.., D], c [rows, H] and the times [rows, 1], where a jump starts last. */
interface GraphInputs {
  readonly x: tf.Tensor;
  readonly c: tf.Tensor;
  readonly times: readonly tf.Tensor[];
}

/** The graph's output as it comes. */
export function graphOutput(
  parameters: NamedTensors,
  { graph, tokenShape, conditionShape, constants, ...roles }: Omit<GraphHead, 'outputs'>,
  { x, c, times: [t, s = t] }: GraphInputs,
): tf.Tensor {
  const rows = c.shape[0] ?? 1;
  const feeds: readonly (readonly [name: string | undefined, tensor: tf.Tensor | undefined])[] = [
    [roles.x, tf.reshape(x, [rows, ...tokenShape])],
    [roles.condition, tf.reshape(c, [rows, ...conditionShape])],
    [roles.t, t],
    [roles.s, s],
    ...constants.map(([name, value]) => [name, tf.fill([rows, 1], value)] as const),
  ];
  const inputs = Object.fromEntries(
    feeds.flatMap(([name, tensor]) => (name && tensor ? [[name, fitted(graph, name, tensor)]] : [])),
  );
  return named(onnxFunction(graphOf('the head', graph))(parameters, inputs), roles.output);
}

/** A column as the input takes it: [rows] or [rows, 1], as a number or an integer; other tensors as they are. */
function fitted({ inputs }: StoredGraph, name: string, tensor: tf.Tensor): tf.Tensor {
  const port = inputs.find((input) => input.name === name);
  if (port === undefined) throw new DataError(`the head has no input ${name}`);
  const shaped = port.dimensions.length < tensor.rank ? tf.reshape(tensor, [tensor.shape[0] ?? 1]) : tensor;
  const type = tensorType(port.elementType);
  return type === 'float32' ? shaped : tf.cast(shaped, type);
}
