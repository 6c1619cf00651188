import type * as tf from '@tensorflow/tfjs';
import '../graph/gradient.ts'; // Repairs gradients of tfjs that operators need.
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import type { NamedTensors } from '../graph/program.ts';
import { nodePlace, type OnnxGraph, type OnnxNode, type OnnxPort } from './graph.ts';
import { runOperator } from './operator.ts';
import { operatorOf } from './operators/table.ts';
import { tensorOf, type Value } from './value.ts';

/** What of a graph is needed to run it: of its weights, which are given, the shapes. */
export interface RunnableGraph extends Pick<OnnxGraph, 'path' | 'inputs' | 'outputs' | 'constants' | 'nodes'> {
  readonly parameters: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** A graph as a function of its weights and inputs; both are tensors by name, as are the results. */
export type OnnxFunction = (parameters: NamedTensors, inputs: NamedTensors) => NamedTensors;

/**
 * A plain function on tfjs tensors that computes what a graph says: differentiable in weights and inputs by tfjs's
 * tape, and traceable. It throws a DataError that names the node where shapes or types do not fit.
 */
export const onnxFunction =
  (graph: RunnableGraph): OnnxFunction =>
  (parameters, inputs) => {
    const values = new Map<string, Value>(graph.constants);
    for (const [name, { shape }] of Object.entries(graph.parameters))
      values.set(name, given(`${graph.path}: parameter ${quoted(name, 200)}`, parameters, name, shape));
    bindInputs(graph, inputs, values);
    for (const node of graph.nodes) runNode(graph.path, node, values);
    const results = graph.outputs.map(({ name }) => [name, tensorOf(valueNamed(values, name))] as const);
    return Object.fromEntries(results);
  };

function runNode(path: string, node: OnnxNode, values: Map<string, Value>): void {
  try {
    const found = operatorOf('', node.operator);
    if (typeof found === 'string') throw new DataError(found);
    const operands = node.inputs.map((name) => (name === '' ? undefined : valueNamed(values, name)));
    const results = runOperator(found, node, operands);
    for (const [index, name] of node.outputs.entries()) if (name !== '') values.set(name, results[index] as Value);
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new DataError(`${nodePlace(path, node)}: ${reason}`, { cause });
  }
}

function valueNamed(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new DataError(`${quoted(name)} has no value`);
  return value;
}

/** A tensor of that name with that shape; a text in the shape may be any size, the same wherever it stands. */
function given(
  place: string,
  tensors: NamedTensors,
  name: string,
  shape: readonly (number | string)[],
  symbols = new Map<string, number>(),
): tf.Tensor {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  const expected = `[${shape.join(', ')}]`;
  if (tensor === undefined) throw new DataError(`${place}: expected a tensor ${expected}, got none`);
  const fits = tensor.shape.every((size, axis) => {
    const wanted = shape[axis];
    if (typeof wanted === 'number' || wanted === undefined || wanted === '?') return wanted === size || wanted === '?';
    const known = symbols.get(wanted) ?? size;
    symbols.set(wanted, known);
    return known === size;
  });
  if (tensor.shape.length === shape.length && fits) return tensor;
  throw new DataError(`${place}: expected ${expected}, got [${tensor.shape.join(', ')}]`);
}

function bindInputs({ path, inputs: ports }: RunnableGraph, inputs: NamedTensors, values: Map<string, Value>): void {
  const symbols = new Map<string, number>();
  for (const { name, elementType, dimensions } of ports) {
    const place = `${path}: input ${quoted(name, 200)}`;
    const tensor = given(place, inputs, name, dimensions, symbols);
    const dtype = tensorType(elementType);
    if (tensor.dtype !== dtype) throw new DataError(`${place}: expected ${dtype}, got ${tensor.dtype}`);
    values.set(name, tensor);
  }
}

/** The type of the tensor that stands for an element type of ONNX. */
export function tensorType(elementType: OnnxPort['elementType']): 'float32' | 'int32' | 'bool' {
  if (elementType === 'bool') return 'bool';
  return /float/.test(elementType) ? 'float32' : 'int32';
}
