import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { HostData } from '../../ground/host-tensor.ts';
import { type Graph, nodesOf, type Value } from '../graph/graph.ts';
import { nameValues } from '../graph/naming.ts';
import type { Place } from './external-data.ts';
import { lower } from './lower.ts';
import { type Dialect, Lowering, type OnnxAttribute, type OnnxConstant, type OnnxNode } from './lowering.ts';

const types = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
} as const;

/** IR versions by opset: the oldest that goes with it. */
const irVersions = { 17: 8n, 21: 10n } as const;

/**
 * The name of an output that is no tensor, the first of programs that run in place: onnxruntime-node copies every result out
 * of the memory it was given for it, but stops at this one (see `session.ts`).
 */
export const endMarker = 'fewstep_end';

/** A graph as the bytes of an ONNX file; constants that `placeOf` knows a place for are named there, not inside. */
export function encode(
  graph: Graph,
  dialect: Dialect,
  placeOf: (data: HostData) => Place | undefined = () => undefined,
): Uint8Array<ArrayBuffer> {
  const naming = nameValues(graph);
  const lowering = new Lowering(graph, naming, dialect);
  for (const node of nodesOf(graph)) lower(lowering, node);
  for (const [value, name] of naming.copies) lowering.emit('Identity', [naming.nameOf(value)], [name]);
  if (dialect.inPlace) lowering.emit('SequenceEmpty', [], [endMarker]);
  const weights = naming.constants.map((value) => ({
    name: naming.nameOf(value),
    shape: value.shape as readonly number[],
    data: value.source.kind === 'constant' ? value.source.data : new Float32Array(),
  }));
  const vendor = lowering.nodes.some(({ domain }) => domain !== undefined);
  const model = create(ModelProtoSchema, {
    irVersion: irVersions[dialect.opset],
    producerName: 'fewstep',
    opsetImport: [
      { domain: '', version: BigInt(dialect.opset) },
      ...(vendor ? [{ domain: 'com.microsoft', version: 1n }] : []),
    ],
    graph: {
      name: 'program',
      node: lowering.nodes.map(encodeNode),
      initializer: [
        ...weights.map((weight) => encodeConstant(weight, placeOf(weight.data))),
        ...lowering.constants.map((constant) => encodeConstant(constant)),
      ],
      input: graph.inputs.map((value) => valueInfo(naming.nameOf(value), value)),
      output: [
        ...(dialect.inPlace ? [endInfo()] : []),
        ...Object.values(graph.outputs).map((value, index) => valueInfo(naming.outputs[index] ?? '', value)),
      ],
    },
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

function valueInfo(name: string, { dtype, shape }: Value) {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size.batch === 1 ? 'batch' : `${size.batch}*batch` } as const),
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: types[dtype], shape: { dim } } } },
  });
}

const endInfo = () =>
  create(ValueInfoProtoSchema, {
    name: endMarker,
    type: {
      value: {
        case: 'sequenceType',
        value: { elemType: { value: { case: 'tensorType', value: { elemType: types.float32 } } } },
      },
    },
  });

const encodeNode = ({ type, domain = '', inputs, outputs, attributes = {} }: OnnxNode) =>
  create(NodeProtoSchema, {
    name: outputs[0] ?? type,
    opType: type,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  });

function encodeAttribute(name: string, attribute: OnnxAttribute) {
  if ('float' in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: attribute.float });
  }
  if ('int' in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(attribute.int) });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: attribute.ints.map(BigInt),
  });
}

const dataTypeOf = (data: HostData | BigInt64Array): TensorProto_DataType => {
  if (data instanceof BigInt64Array) return TensorProto_DataType.INT64;
  if (data instanceof Float32Array) return types.float32;
  return data instanceof Int32Array ? types.int32 : types.bool;
};

const encodeConstant = ({ name, shape, data }: OnnxConstant, place?: Place) =>
  create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: dataTypeOf(data),
    ...(place === undefined
      ? { rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength) }
      : {
          dataLocation: TensorProto_DataLocation.EXTERNAL,
          externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })),
        }),
  });
