import { type TensorProto, TensorProto_DataLocation } from 'onnx-buf';
import { DataError } from '../../ground/errors.ts';
import { bytesOfShape } from '../../ground/file/dtype.ts';
import { type ElementType, elementType } from './element-type.ts';
import type { ExternalFiles } from './external.ts';
import { type HostValue, mostElements } from './value.ts';

/** The numbers of a tensor in a file, and its element type there. */
export interface StoredTensor {
  readonly type: ElementType;
  readonly value: HostValue;
}

/**
 * The numbers of a tensor; `place` is the tensor, for messages. Throws DataError where its sizes are none or do not
 * match its data, FileError where external data cannot be read.
 */
export async function readTensor(place: string, proto: TensorProto, files: ExternalFiles): Promise<StoredTensor> {
  const { type, shape, bytes } = describeTensor(place, proto);
  if (proto.dataLocation !== TensorProto_DataLocation.EXTERNAL) return { type, value: insideTensor(place, proto) };
  const raw = await files.read(place, proto.externalData, bytes);
  return { type, value: { kind: type.kind, shape, data: fromRaw(type, raw) } };
}

/** As `readTensor`, of a tensor whose data must lie inside the model. */
export function insideTensor(place: string, proto: TensorProto): HostValue {
  const { type, shape, bytes } = describeTensor(place, proto);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL)
    throw new DataError(`${place}: expected data inside the model, got external data`);
  const elements = proto[type.field];
  const { length } = proto.rawData;
  if (elements.length > 0 && length > 0) throw new DataError(`${place}: it has its data twice`);
  if (elements.length > 0 ? elements.length !== bytes / type.width : length !== bytes) {
    const got = elements.length > 0 ? `${elements.length} elements` : `${length} bytes`;
    throw new DataError(`${place}: ${type.name} of shape [${shape.join(', ')}] takes ${bytes} bytes, got ${got}`);
  }
  return {
    kind: type.kind,
    shape,
    data: elements.length > 0 ? fromField(type, elements) : fromRaw(type, proto.rawData),
  };
}

/** The element type, shape and bytes that a tensor of a file declares. Throws DataError where these are no tensor's. */
export function describeTensor(place: string, { dataType, dims, segment }: TensorProto) {
  const type = elementType(dataType);
  if (typeof type === 'string') throw new DataError(`${place}: ${type}`);
  if (segment !== undefined) throw new DataError(`${place}: tensors in segments are not supported`);
  const shape = dims.map(Number);
  const bytes = bytesOfShape(shape, type.width);
  const negative = shape.some((size) => !Number.isSafeInteger(size) || size < 0);
  if (negative || bytes === undefined || shape.length > 16)
    throw new DataError(`${place}: expected sizes of a tensor, got [${shape.slice(0, 17).join(', ')}]`);
  if (type.kind !== 'float' && bytes / type.width > mostElements.host)
    throw new DataError(`${place}: expected at most ${mostElements.host} elements of ${type.name}`);
  return { type, shape, bytes };
}

const room = ({ kind }: ElementType, length: number): HostValue['data'] =>
  kind === 'float' ? new Float32Array(length) : new Float64Array(length);

function fromRaw(type: ElementType, raw: Uint8Array): HostValue['data'] {
  if (type.name === 'float32') {
    const whole = raw.byteLength === raw.buffer.byteLength && raw.buffer instanceof ArrayBuffer;
    return new Float32Array(whole ? raw.buffer : new Uint8Array(raw).buffer);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = room(type, raw.byteLength / type.width);
  for (let index = 0; index < data.length; index++) data[index] = type.at(view, index * type.width);
  return data;
}

function fromField(type: ElementType, elements: readonly (number | bigint)[]): HostValue['data'] {
  const data = room(type, elements.length);
  const { ofField = (element: number) => element } = type;
  for (let index = 0; index < data.length; index++) data[index] = ofField(Number(elements[index]));
  return data;
}
