/** ONNX files as bytes: with all weights inside, and with other numbers in the place of weights. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf';
import { DataError, FileError } from '../../ground/errors.ts';
import { dtypes } from '../../ground/file/dtype.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { ExternalFiles } from './external.ts';
import { readModel } from './model-file.ts';
import { describeTensor } from './tensor-data.ts';

/** The bytes of an ONNX file with the weights inside that lie beside it. Throws FileError, also beyond protobuf's 2 GiB. */
export const wholeModel = async (path: string): Promise<Uint8Array> =>
  modelBytes(path, await withWeightsInside(path, await readModel(path)));

/** The model of a file with the weights inside that lie beside it. Throws FileError. */
export async function withWeightsInside(path: string, model: ModelProto): Promise<ModelProto> {
  const files = new ExternalFiles(path);
  const { graph } = model;
  if (graph === undefined) throw new DataError(`${path}: expected a graph`);
  const initializer: TensorProto[] = [];
  for (const tensor of graph.initializer) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) {
      initializer.push(tensor);
      continue;
    }
    const place = `${path}: initializer ${tensor.name}`;
    const { bytes } = describeTensor(place, tensor);
    const { name, dims, dataType } = tensor;
    const rawData = Uint8Array.from(await files.read(place, tensor.externalData, bytes));
    initializer.push(create(TensorProtoSchema, { name, dims, dataType, rawData }));
  }
  return { ...model, graph: { ...graph, initializer } };
}

/** The bytes of an ONNX file whose weights are others, each in the element type that it has. Throws FileError or DataError. */
export async function modelWith(path: string, weights: Parameters): Promise<Uint8Array> {
  const model = await readModel(path);
  const { graph } = model;
  if (graph === undefined) throw new DataError(`${path}: expected a graph`);
  const initializer = graph.initializer.map((tensor) => {
    const weight = weights[tensor.name];
    if (weight === undefined) return tensor;
    const place = `${path}: initializer ${tensor.name}`;
    const { type, shape } = describeTensor(place, tensor);
    if (shape.join() !== weight.shape.join())
      throw new DataError(`${place}: expected shape [${shape.join(', ')}], got [${weight.shape.join(', ')}]`);
    const encode = encoders[type.name];
    if (encode === undefined) throw new DataError(`${place}: weights of ${type.name} cannot be written`);
    const { name, dims, dataType } = tensor;
    return create(TensorProtoSchema, { name, dims, dataType, rawData: Uint8Array.from(encode(weight.data)) });
  });
  return modelBytes(path, { ...model, graph: { ...graph, initializer } });
}

/** How weights are written in the types that they may have in a file. */
const encoders: Readonly<Record<string, ((data: Float32Array) => Uint8Array) | undefined>> = {
  float64: (data) => new Uint8Array(Float64Array.from(data).buffer),
  float32: dtypes.F32.encode,
  float16: dtypes.F16.encode,
  bfloat16: dtypes.BF16.encode,
};

/** A model as the bytes of a file; `path` names it in messages. Throws FileError beyond protobuf's 2 GiB. */
export function modelBytes(path: string, model: ModelProto): Uint8Array {
  try {
    return toBinary(ModelProtoSchema, model, { writeUnknownFields: false });
  } catch (cause) {
    throw new FileError(`${path}: cannot be written as one file: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}
