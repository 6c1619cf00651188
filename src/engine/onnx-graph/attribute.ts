import { type AttributeProto, AttributeProto_AttributeType as Type } from 'onnx-buf';
import { DataError } from '../../ground/errors.ts';
import { insideTensor } from './tensor-data.ts';
import type { HostValue } from './value.ts';

/** What an attribute of a node may be. */
export interface AttributeValues {
  readonly int: number;
  readonly float: number;
  readonly text: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: HostValue;
}

/** An attribute of a node: what it is and its value. */
export type Attribute = {
  [Name in keyof AttributeValues]: { readonly type: Name; readonly value: AttributeValues[Name] };
}[keyof AttributeValues];

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** An attribute of a file; `place` is its node, for messages. Throws DataError for what no operator here takes. */
export function readAttribute(place: string, proto: AttributeProto): Attribute {
  switch (proto.type) {
    case Type.INT:
      return { type: 'int', value: Number(proto.i) };
    case Type.FLOAT:
      return { type: 'float', value: proto.f };
    case Type.STRING:
      return { type: 'text', value: decode(proto.s) };
    case Type.INTS:
      return { type: 'ints', value: proto.ints.map(Number) };
    case Type.FLOATS:
      return { type: 'floats', value: proto.floats };
    case Type.STRINGS:
      return { type: 'texts', value: proto.strings.map(decode) };
    case Type.TENSOR:
      if (proto.t !== undefined)
        return { type: 'tensor', value: insideTensor(`${place}: attribute ${proto.name}`, proto.t) };
  }
  throw new DataError(`${place}: attribute ${proto.name}: ${Type[proto.type] ?? proto.type} is not supported`);
}
