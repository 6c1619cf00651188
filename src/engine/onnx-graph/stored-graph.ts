/** A graph without its weights as JSON, so that a head's description can carry it; read back as strictly as a file. */
import { z } from 'zod';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import type { Attribute } from './attribute.ts';
import type { OnnxGraph, OnnxNode } from './graph.ts';
import type { RunnableGraph } from './onnx-function.ts';
import { operatorOf } from './operators/table.ts';
import { type HostValue, mostElements } from './value.ts';

const name = z.string().max(1024);
const sizes = z.array(z.int().nonnegative()).max(16);
const dimensions = z.array(z.union([z.int().nonnegative(), name])).max(16);
const port = z.strictObject({ name, elementType: z.string().max(16), dimensions });

/** Known numbers: their bytes, as infinities are none in JSON. */
const numbers = z.strictObject({
  kind: z.enum(['float', 'integer', 'boolean']),
  shape: sizes,
  base64: z.base64(),
});

const attribute = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('int'), value: z.number() }),
  z.strictObject({ type: z.literal('float'), value: z.union([z.number(), z.enum(['inf', '-inf', 'nan'])]) }),
  z.strictObject({ type: z.literal('text'), value: z.string() }),
  z.strictObject({ type: z.literal('ints'), value: z.array(z.number()) }),
  z.strictObject({ type: z.literal('floats'), value: z.array(z.number()) }),
  z.strictObject({ type: z.literal('texts'), value: z.array(z.string()) }),
  z.strictObject({ type: z.literal('tensor'), value: numbers }),
]);

const node = z.strictObject({
  name,
  operator: z.string().refine((operator) => typeof operatorOf('', operator) !== 'string', 'expected a known operator'),
  opset: z.int().min(1).max(64),
  inputs: z.array(name),
  outputs: z.array(name),
  attributes: z.array(z.tuple([name, attribute])),
});

/** What a stored graph holds. */
export const storedGraphSchema = z.strictObject({
  producer: z.string().max(256),
  opset: z.int().min(1).max(64),
  inputs: z.array(port).max(64),
  outputs: z.array(port).max(64),
  /** Shapes of the weights, by their names. */
  parameters: z.array(z.tuple([name, sizes])).max(100_000),
  constants: z.array(z.tuple([name, numbers])).max(100_000),
  nodes: z.array(node).max(100_000),
});

/** A graph as JSON. */
export type StoredGraph = z.output<typeof storedGraphSchema>;

type StoredNumbers = z.output<typeof numbers>;

/** A graph without its weights as JSON. */
export function storedGraph({
  producer,
  opset,
  inputs,
  outputs,
  parameters,
  constants,
  nodes,
}: OnnxGraph): StoredGraph {
  return {
    ...{ producer: producer.slice(0, 256), opset },
    inputs: inputs.map((one) => ({ ...one, dimensions: [...one.dimensions] })),
    outputs: outputs.map((one) => ({ ...one, dimensions: [...one.dimensions] })),
    parameters: Object.entries(parameters).map(([parameter, { shape }]) => [parameter, [...shape]]),
    constants: Array.from(constants, ([constant, value]) => [constant, storedNumbers(value)]),
    nodes: nodes.map(({ inputs: taken, outputs: made, attributes, ...one }) => ({
      ...one,
      ...{ inputs: [...taken], outputs: [...made] },
      attributes: Array.from(attributes, ([attributeName, value]) => [attributeName, storedAttribute(value)]),
    })),
  };
}

/** The graph of such JSON, ready to be run; `path` names it in messages. Throws DataError. */
export function graphOf(path: string, stored: StoredGraph): RunnableGraph {
  const { inputs, outputs, parameters, constants, nodes } = stored;
  return {
    ...{ path, inputs, outputs },
    parameters: Object.fromEntries(parameters.map(([parameter, shape]) => [parameter, { shape }])),
    constants: new Map(constants.map(([constant, value]) => [constant, numbersOf(`${path}: ${constant}`, value)])),
    nodes: nodes.map(
      ({ attributes, ...one }): OnnxNode => ({
        ...one,
        attributes: new Map(
          attributes.map(([attributeName, value]) => [attributeName, attributeOf(`${path}: node ${one.name}`, value)]),
        ),
      }),
    ),
  };
}

const storedNumbers = ({ kind, shape, data }: HostValue): StoredNumbers => ({
  ...{ kind, shape: [...shape] },
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});

function numbersOf(place: string, { kind, shape, base64 }: StoredNumbers): HostValue {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const width = kind === 'float' ? 4 : 8;
  if (sizeOf(shape) > mostElements.host || bytes.length !== sizeOf(shape) * width)
    throw new DataError(`${place}: expected ${kind} numbers of shape [${shape.join(', ')}], got ${bytes.length} bytes`);
  return { kind, shape, data: kind === 'float' ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer) };
}

type StoredAttribute = z.output<typeof attribute>;

function storedAttribute(value: Attribute): StoredAttribute {
  switch (value.type) {
    case 'tensor':
      return { type: 'tensor', value: storedNumbers(value.value) };
    case 'float':
      return { type: 'float', value: Number.isFinite(value.value) ? value.value : infinite(value.value) };
    case 'ints':
    case 'floats':
      return { type: value.type, value: [...value.value] };
    case 'texts':
      return { type: 'texts', value: [...value.value] };
    default:
      return value;
  }
}

const infinite = (value: number): 'inf' | '-inf' | 'nan' => (Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');

const named = { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY, nan: Number.NaN };

function attributeOf(place: string, value: StoredAttribute): Attribute {
  if (value.type === 'tensor') return { type: 'tensor', value: numbersOf(place, value.value) };
  if (value.type === 'float')
    return { type: 'float', value: typeof value.value === 'number' ? value.value : named[value.value] };
  return value;
}
