/** A head that came as an ONNX graph, as an architecture among the others. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { onnxFunction, tensorType } from '../../engine/onnx-graph/onnx-function.ts';
import { graphOf, type StoredGraph } from '../../engine/onnx-graph/stored-graph.ts';
import { DataError } from '../../ground/errors.ts';
import type { Architecture } from './architecture.ts';
import { type ContextRole, embeddedParts, type GraphHead } from './graph-config.ts';
import type { NetworkConfig } from './network-config.ts';
import { embeddedTime } from './time-embedding.ts';

/** The graph of a config. Throws TypeError where it is of another architecture. */
function graphIn({ graph }: NetworkConfig): GraphHead {
  if (graph === undefined) throw new TypeError('a head of an ONNX graph without it');
  return graph;
}

/**
 * A context's embedding is what the graph takes of it, hidden states, scale and times side by side [B, H + 1] (of heads that
 * are guided inside up to 2H + 3): what a student hears beside is added there, on the way into the graph, so that a graph of any
 * kind can hear it.
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

/** The graph's output [B, K, output] for x [B, K, D] under an embedding y [B, W]. */
function applyGraph(parameters: NamedTensors, config: NetworkConfig, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const head = graphIn(config);
  const [contexts = 1, draws = 1] = x.shape;
  const rows = contexts * draws;
  const width = y.shape[1] ?? 1;
  const repeated = draws === 1 ? y : tf.reshape(tf.tile(tf.expandDims(y, 1), [1, draws, 1]), [rows, width]);
  const parts = embeddedParts(head);
  const split = tf.split(
    repeated,
    parts.map(([, size]) => size),
    1,
  );
  const heard = Object.fromEntries(parts.map(([role], i) => [role, split[i]])) as Heard;
  const out = graphOutput(parameters, head, x, heard);
  if (out.size !== rows * head.outputs)
    throw new DataError(
      `output ${head.output}: expected ${rows} rows of ${head.outputs} numbers, got [${out.shape.join(', ')}]`,
    );
  return tf.reshape(out, [contexts, draws, head.outputs]);
}

/** What a graph hears beside x, a row a token: hidden states [rows, H], scale and times [rows, 1]. */
type Heard = Readonly<Partial<Record<ContextRole, tf.Tensor>>> & { readonly condition: tf.Tensor };

/** The graph's output as it comes for x [.., D]; a scale is ours, 1 is no guidance. */
export function graphOutput(
  parameters: NamedTensors,
  head: Omit<GraphHead, 'outputs'>,
  x: tf.Tensor,
  heard: Heard,
): tf.Tensor {
  const { graph, tokenShape, conditionShape, constants, unguided = 1 } = head;
  const rows = heard.condition.shape[0] ?? 1;
  const state = (tensor: tf.Tensor | undefined) => tensor && tf.reshape(tensor, [rows, ...conditionShape]);
  const feeds: readonly (readonly [name: string | undefined, tensor: tf.Tensor | undefined])[] = [
    [head.x, tf.reshape(x, [rows, ...tokenShape])],
    [head.condition, state(heard.condition)],
    [head.unconditional, state(heard.unconditional)],
    [head.w, heard.w && (unguided === 1 ? heard.w : tf.sub(heard.w, 1))],
    [head.t, heard.t],
    [head.s, heard.s],
    ...constants.map(([name, value]) => [name, tf.fill([rows, 1], value)] as const),
  ];
  const inputs = Object.fromEntries(
    feeds.flatMap(([name, tensor]) => (name && tensor ? [[name, fitted(graph, name, tensor)]] : [])),
  );
  return named(onnxFunction(graphOf('the head', graph))(parameters, inputs), head.output);
}

/** A column as the input takes it: [rows] or [rows, 1], as a number or an integer; other tensors as they are. */
function fitted({ inputs }: StoredGraph, name: string, tensor: tf.Tensor): tf.Tensor {
  const port = inputs.find((input) => input.name === name);
  if (port === undefined) throw new DataError(`the head has no input ${name}`);
  const shaped = port.dimensions.length < tensor.rank ? tf.reshape(tensor, [tensor.shape[0] ?? 1]) : tensor;
  const type = tensorType(port.elementType);
  return type === 'float32' ? shaped : tf.cast(shaped, type);
}
