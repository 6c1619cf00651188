/**
 * Bounds on a protobuf message, checked before it is decoded: a message of two bytes becomes an object of hundreds, and
 * a few kilobytes of nested ones would end the stack.
 */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FileError } from '../../ground/errors.ts';

/** The most messages, numbers in lists, and levels of nesting of a file; a head of a thousand nodes has some ten thousand messages. */
const limits = { messages: 1_000_000, numbers: 1 << 24, depth: 24 } as const;

interface Count {
  messages: number;
  numbers: number;
}

/** Checks that bytes are a message of a type within the limits. Throws FileError. */
export function checkWire(path: string, schema: DescMessage, bytes: Uint8Array): void {
  const count: Count = { messages: 0, numbers: 0 };
  walk(path, schema, bytes, 0, count);
}

function walk(path: string, schema: DescMessage, bytes: Uint8Array, depth: number, count: Count): void {
  if (++count.messages > limits.messages) throw new FileError(`${path}: more than ${limits.messages} messages`);
  if (depth > limits.depth) throw new FileError(`${path}: messages nested deeper than ${limits.depth}`);
  const fields = fieldsOf(schema);
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields.get(number);
    const inner = messageOf(field);
    if (wireType === WireType.StartGroup || wireType === WireType.EndGroup)
      throw new FileError(`${path}: not an ONNX file: it holds groups`);
    if (inner !== undefined && wireType === WireType.LengthDelimited) {
      walk(path, inner, reader.bytes(), depth + 1, count);
      continue;
    }
    const { length } = reader.skip(wireType, number);
    const packed = field?.fieldKind === 'list' && field.listKind === 'scalar' && field.packed;
    count.numbers += packed && wireType === WireType.LengthDelimited ? length : 1;
    if (count.numbers > limits.numbers && !(number === RAW && schema.name === 'TensorProto'))
      throw new FileError(`${path}: more than ${limits.numbers} numbers outside raw data`);
  }
}

/** The number of TensorProto.raw_data. */
const RAW = 9;

const known = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  const fields = known.get(schema) ?? new Map(schema.fields.map((field) => [field.number, field]));
  known.set(schema, fields);
  return fields;
}

function messageOf(field: DescField | undefined): DescMessage | undefined {
  if (field?.fieldKind === 'message') return field.message;
  return field?.fieldKind === 'list' && field.listKind === 'message' ? field.message : undefined;
}
