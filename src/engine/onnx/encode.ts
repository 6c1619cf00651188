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
import type { Graph } from '../graph/graph.ts';
import type { Place, PlaceOf } from './external-data.ts';
import { endMarker, type LoweredGraph, lowerGraph, type OnnxEdge } from './lower-graph.ts';
import type { Dialect, OnnxAttribute, OnnxConstant, OnnxNode } from './lowering.ts';

const types = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
} as const;

/** IR versions by opset: the oldest that goes with it. */
const irVersions = { 17: 8n, 21: 10n } as const;

/** A graph as the bytes of an ONNX file. */
export const encode = (graph: Graph, dialect: Dialect, placeOf?: PlaceOf): Uint8Array<ArrayBuffer> =>
  encodeLowered(lowerGraph(graph, dialect), placeOf);

/** A lowered graph as the bytes of an ONNX file; constants that `placeOf` knows a place for are named there, not inside. */
export function encodeLowered(
  { dialect, nodes, constants, inputs, outputs }: LoweredGraph,
  placeOf: PlaceOf = () => undefined,
): Uint8Array<ArrayBuffer> {
  const vendor = nodes.some(({ domain }) => domain !== undefined);
  const model = create(ModelProtoSchema, {
    irVersion: irVersions[dialect.opset],
    producerName: 'fewstep',
    opsetImport: [
      { domain: '', version: BigInt(dialect.opset) },
      ...(vendor ? [{ domain: 'com.microsoft', version: 1n }] : []),
    ],
    graph: {
      name: 'program',
      node: nodes.map(encodeNode),
      initializer: constants.map((constant) => encodeConstant(constant, placeOf(constant.data))),
      input: inputs.map(valueInfo),
      output: [...(dialect.inPlace ? [endInfo()] : []), ...outputs.map(valueInfo)],
    },
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

function valueInfo({ name, value: { dtype, shape } }: OnnxEdge) {
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

const dataTypeOf = ({ data, unsigned }: OnnxConstant): TensorProto_DataType => {
  if (data instanceof BigInt64Array) return TensorProto_DataType.INT64;
  if (data instanceof Int8Array) return TensorProto_DataType.INT8;
  if (data instanceof Uint16Array) return TensorProto_DataType.FLOAT16;
  if (data instanceof Float32Array) return types.float32;
  if (data instanceof Int32Array) return types.int32;
  return unsigned ? TensorProto_DataType.UINT8 : types.bool;
};

const encodeConstant = (constant: OnnxConstant, place?: Place) => {
  const { name, shape, data } = constant;
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: dataTypeOf(constant),
    ...(place === undefined
      ? { rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength) }
      : {
          dataLocation: TensorProto_DataLocation.EXTERNAL,
          externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })),
        }),
  });
};
