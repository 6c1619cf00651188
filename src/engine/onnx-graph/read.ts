import type { ModelProto, TensorProto, ValueInfoProto } from 'onnx-buf';
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { nameFault } from '../../ground/file/safetensors-header.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { readAttribute } from './attribute.ts';
import { elementType } from './element-type.ts';
import { ExternalFiles } from './external.ts';
import { nodePlace, type OnnxGraph, type OnnxNode, type OnnxPort } from './graph.ts';
import { type FlatNode, flatten, standardOpset } from './inline.ts';
import { readModel } from './model-file.ts';
import { operatorOf } from './operators/table.ts';
import { ordered } from './order.ts';
import { readTensor, type StoredTensor } from './tensor-data.ts';
import type { HostValue } from './value.ts';

/** The versions of ONNX's operators that are read. */
const opsets = { oldest: 13, newest: 23 } as const;

/**
 * Reads an ONNX file and the files beside it that hold its weights; never one outside its folder. Throws DataError for
 * what the file says and FileError for what cannot be read, one line that names the file and the node.
 */
export async function readOnnxGraph(path: string): Promise<OnnxGraph> {
  const model = await readModel(path);
  const opset = opsetOf(path, model);
  const { graph } = model;
  if (graph === undefined || graph.output.length === 0) throw new DataError(`${path}: expected a graph with outputs`);
  const initializers = initializersOf(path, graph.initializer);
  const inputs = graph.input.filter(({ name }) => !initializers.has(name)).map((info) => portOf(path, 'input', info));
  const outputs = graph.output.map((info) => portOf(path, 'output', info));
  const given = [...inputs.map(({ name }) => name), ...initializers.keys()];
  const wanted = outputs.map(({ name }) => name);
  const flat = ordered(path, flatten(path, model, opset), given, wanted);
  const nodes = flat.map((node) => nodeOf(path, node));
  const used = new Set([...wanted, ...nodes.flatMap((node) => node.inputs)]);
  const needed = [...initializers].filter(([name]) => used.has(name));
  const weights = await readWeights(path, needed, fixedNames(nodes));
  const producer = [model.producerName, model.producerVersion].filter((text) => text !== '').join(' ');
  const madeUp = madeUpNames(Object.keys(weights.parameters), nodes);
  return { path, opset, producer, inputs, outputs, nodes, ...weights, madeUp };
}

function opsetOf(path: string, model: ModelProto): number {
  const opset = standardOpset(model.opsetImport);
  if (opset === undefined) throw new DataError(`${path}: expected an ONNX model, got none that imports its operators`);
  if (opset < opsets.oldest || opset > opsets.newest)
    throw new DataError(`${path}: expected opset ${opsets.oldest} to ${opsets.newest}, got ${opset}`);
  return opset;
}

function initializersOf(path: string, tensors: readonly TensorProto[]): ReadonlyMap<string, TensorProto> {
  const initializers = new Map<string, TensorProto>();
  for (const tensor of tensors) {
    checkName(path, 'initializer', tensor.name);
    if (initializers.has(tensor.name)) throw new DataError(`${path}: ${quoted(tensor.name)} is defined more than once`);
    initializers.set(tensor.name, tensor);
  }
  return initializers;
}

/** Names become those of tensors in files and of properties of objects. */
function checkName(path: string, what: string, name: string): void {
  const fault = name in {} ? 'is reserved' : nameFault(name);
  if (fault !== undefined) throw new DataError(`${path}: ${what} ${quoted(name)}: the name ${fault}`);
}

/** An input or output of a file, checked. Throws DataError. */
export function portOf(path: string, what: string, { name, type }: ValueInfoProto): OnnxPort {
  checkName(path, what, name);
  const place = `${path}: ${what} ${quoted(name)}`;
  if (type?.value.case !== 'tensorType') throw new DataError(`${place}: expected a tensor`);
  const { elemType, shape } = type.value.value;
  const known = elementType(elemType);
  if (typeof known === 'string') throw new DataError(`${place}: ${known}`);
  if (shape === undefined && what === 'input') throw new DataError(`${place}: expected a shape`);
  const dimensions = (shape?.dim ?? []).map(({ value }) => {
    if (value.case === 'dimParam') return value.value || '?';
    if (value.case === undefined) return '?';
    const size = Number(value.value);
    if (!Number.isSafeInteger(size) || size < 0) throw new DataError(`${place}: expected a size, got ${size}`);
    return size;
  });
  return { name, elementType: known.name, dimensions };
}

function nodeOf(path: string, node: FlatNode): OnnxNode {
  const { name, operator, opset, inputs, outputs } = node;
  const place = nodePlace(path, node);
  const found = operatorOf(node.domain, operator);
  if (typeof found === 'string') throw new DataError(`${place}: ${found}`);
  const attributes = new Map(
    node.attributes.map((attribute) => [attribute.name, readAttribute(place, attribute)] as const),
  );
  if (attributes.size < node.attributes.length) throw new DataError(`${place}: an attribute is there twice`);
  return { name, operator, opset, inputs, outputs, attributes };
}

/** Exporters name values by operations and numbers: `onnx::Mul_12`, `val_37`, `cos_1`; a module's have a dot. */
const madeUpName = /^[^.]*_\d+$|^onnx::|^(arange|cat|cos|div|exp|expand|mul|pow|reciprocal|sin|stack|unsqueeze|view)$/;

/** Operators whose operands, as initializers, are weights. */
const productNames: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

function madeUpNames(names: readonly string[], nodes: readonly OnnxNode[]): readonly string[] {
  const products = nodes.filter(({ operator }) => productNames.has(operator));
  const multiplied = new Set(products.flatMap(({ inputs }) => inputs));
  return names.filter((name) => madeUpName.test(name) && !multiplied.has(name));
}

/** The names of operands that operators take as constants. */
function fixedNames(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ operator, inputs }) => {
      const found = operatorOf('', operator);
      return typeof found === 'string' ? [] : inputs.filter((_, index) => found.fixed.includes(index));
    }),
  );
}

async function readWeights(
  path: string,
  initializers: readonly (readonly [string, TensorProto])[],
  fixed: ReadonlySet<string>,
): Promise<Pick<OnnxGraph, 'parameters' | 'storedTypes' | 'constants'>> {
  const files = new ExternalFiles(path);
  const parameters: [string, HostTensor<Float32Array>][] = [];
  const storedTypes: [string, string][] = [];
  const constants = new Map<string, HostValue>();
  for (const [name, proto] of initializers) {
    const place = `${path}: initializer ${quoted(name, 200)}`;
    const { type, value } = await readTensor(place, proto, files);
    const { shape, data } = value;
    const odd = data.findIndex((number) => Number.isNaN(number));
    if (odd >= 0) throw new DataError(`${place}: expected numbers, got NaN at element ${odd}`);
    if (!(data instanceof Float32Array) || fixed.has(name) || isNumber(name, { type, value })) {
      constants.set(name, value);
      continue;
    }
    parameters.push([name, { shape, data }]);
    storedTypes.push([name, type.name]);
  }
  return { parameters: Object.fromEntries(parameters), storedTypes: Object.fromEntries(storedTypes), constants };
}

/**
 * Whether a float initializer is a number of the code rather than a weight: exporters put 1, √2 or a mask of −∞ among
 * the weights. A number has no dimension and no name of a module (`blocks.0.scale`); an infinity is never learned.
 */
const isNumber = (name: string, { value: { shape, data } }: StoredTensor): boolean =>
  (shape.length === 0 && !name.includes('.')) || data.some((number) => !Number.isFinite(number));
