import { fromBfloat16, fromFloat16 } from '../../ground/file/half.ts';
import type { Kind } from './value.ts';

/** The field of a TensorProto that holds elements of a type where they are no raw bytes. */
type Field = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

/** How elements of an ONNX type lie in a file, little-endian, and how they become numbers. */
export interface ElementType {
  readonly name: string;
  readonly kind: Kind;
  /** Bytes of an element. */
  readonly width: number;
  readonly field: Field;
  /** The element at a byte. */
  readonly at: (view: DataView, byte: number) => number;
  /** The number that an element of `field` stands for, where it is not itself. */
  readonly ofField?: (element: number) => number;
}

const half = (name: string, from: (word: number) => number): ElementType => ({
  name,
  kind: 'float',
  width: 2,
  field: 'int32Data',
  at: (view, byte) => from(view.getUint16(byte, true)),
  ofField: (element) => from(element & 0xffff),
});

const integer = (name: string, width: number, field: Field, at: ElementType['at']): ElementType => ({
  name,
  kind: 'integer',
  width,
  field,
  at,
});

/** The element types that are read, by their numbers in onnx.proto3 (TensorProto.DataType). */
const types: Readonly<Record<number, ElementType>> = {
  1: { name: 'float32', kind: 'float', width: 4, field: 'floatData', at: (view, byte) => view.getFloat32(byte, true) },
  2: integer('uint8', 1, 'int32Data', (view, byte) => view.getUint8(byte)),
  3: integer('int8', 1, 'int32Data', (view, byte) => view.getInt8(byte)),
  4: integer('uint16', 2, 'int32Data', (view, byte) => view.getUint16(byte, true)),
  5: integer('int16', 2, 'int32Data', (view, byte) => view.getInt16(byte, true)),
  6: integer('int32', 4, 'int32Data', (view, byte) => view.getInt32(byte, true)),
  7: integer('int64', 8, 'int64Data', (view, byte) => Number(view.getBigInt64(byte, true))),
  9: { name: 'bool', kind: 'boolean', width: 1, field: 'int32Data', at: (view, byte) => view.getUint8(byte) && 1 },
  10: half('float16', fromFloat16),
  11: {
    name: 'float64',
    kind: 'float',
    width: 8,
    field: 'doubleData',
    at: (view, byte) => view.getFloat64(byte, true),
  },
  12: integer('uint32', 4, 'uint64Data', (view, byte) => view.getUint32(byte, true)),
  13: integer('uint64', 8, 'uint64Data', (view, byte) => Number(view.getBigUint64(byte, true))),
  16: half('bfloat16', fromBfloat16),
};

/** The names of the types that are not read, for messages. */
const others: Readonly<Record<number, string>> = {
  0: 'no type',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

/** The element type of a number of onnx.proto3, or why there is none: `elements of type string are not supported`. */
export const elementType = (number: number): ElementType | string =>
  types[number] ?? `elements of type ${others[number] ?? number} are not supported`;
