import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** Numbers of an ONNX type, for the models of tests. */
export interface Tensor {
  readonly type: keyof typeof DataType;
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
}

/** A tensor of floats, integers of 64 bits, or booleans. */
export const floats = (shape: readonly number[], ...numbers: number[]): Tensor => ({ type: 'FLOAT', shape, numbers });
export const int64 = (...numbers: number[]): Tensor => ({ type: 'INT64', shape: [numbers.length], numbers });
export const integer = (number: number): Tensor => ({ type: 'INT64', shape: [], numbers: [number] });
export const bools = (shape: readonly number[], ...numbers: number[]): Tensor => ({ type: 'BOOL', shape, numbers });

/** Little-endian bytes of numbers in an ONNX type. */
export function rawBytes({ type, numbers }: Tensor): Uint8Array<ArrayBuffer> {
  const arrays = {
    FLOAT: () => Float32Array.from(numbers),
    DOUBLE: () => Float64Array.from(numbers),
    INT64: () => BigInt64Array.from(numbers, BigInt),
    INT32: () => Int32Array.from(numbers),
    FLOAT16: () => Uint16Array.from(numbers), // words
    BFLOAT16: () => Uint16Array.from(numbers),
  } as Record<string, () => ArrayBufferView>;
  const view = (arrays[type] ?? (() => Uint8Array.from(numbers)))();
  return new Uint8Array(view.buffer as ArrayBuffer);
}

/** A tensor as a file has it. */
export const tensorProto = (name: string, tensor: Tensor) =>
  create(TensorProtoSchema, {
    name,
    dims: tensor.shape.map(BigInt),
    dataType: DataType[tensor.type],
    rawData: rawBytes(tensor),
  });

/** What attributes of nodes are given as: `float` tells 1 from 1.0. */
export type AttributeInit = number | string | readonly number[] | Tensor | { readonly float: number };

/** An attribute as a file has it. */
export function attributeProto(name: string, value: AttributeInit) {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value) as Uint8Array<ArrayBuffer>,
    });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ('numbers' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: tensorProto('', value) });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** What a message is made of, without the message itself. */
type Init<Schema extends GenMessage<Message>> = Exclude<MessageInitShape<Schema>, { readonly $typeName: string }>;

type NodeInit = Init<typeof NodeProtoSchema>;

/** What a graph is made of. */
export type GraphInit = Init<typeof GraphProtoSchema>;

/** A node named by its first output. */
export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeInit>> = {},
  more: Partial<NodeInit> = {},
): NodeInit => ({
  opType,
  name: output[0] ?? '',
  input: [...input],
  output: [...output],
  attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  ...more,
});

/** A declared input or output; a text is a symbolic size. */
export const port = (
  name: string,
  shape: readonly (number | string)[] | undefined,
  type: keyof typeof DataType = 'FLOAT',
): Init<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: DataType[type],
        ...(shape && {
          shape: {
            dim: shape.map((size) => ({
              value:
                typeof size === 'number'
                  ? { case: 'dimValue' as const, value: BigInt(size) }
                  : { case: 'dimParam' as const, value: size },
            })),
          },
        }),
      },
    },
  },
});

/** A model of a graph. */
export const model = (graph: GraphInit, opset = 17, more: Partial<Init<typeof ModelProtoSchema>> = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: opset > 20 ? 10n : 8n,
      producerName: 'test',
      opsetImport: [{ domain: '', version: BigInt(opset) }],
      graph: { name: 'test', ...graph },
      ...more,
    }),
  );

/** The path of a file of bytes in a folder of its own. */
export async function written(bytes: Uint8Array, name = 'head.onnx'): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'fewstep-onnx-')), name);
  await writeFile(path, bytes);
  return path;
}
