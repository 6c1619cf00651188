/** ONNX files that onnxruntime runs as they are: checked for what could reach beyond them, whatever their operators. */
import { isMessage, type Message } from '@bufbuild/protobuf';
import {
  type ModelProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf';
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { sha256, sha256File } from '../../ground/file/sha256.ts';
import type { OnnxPort } from './graph.ts';
import { readModel } from './model-file.ts';
import { portOf } from './read.ts';
import { modelBytes, withWeightsInside } from './whole-model.ts';

/** An ONNX file whose weights are in memory. */
export interface ForeignModel {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly fileHash: string;
  /** SHA-256 of all that determines it: of the file, of one with weights beside it that of both together. */
  readonly hash: string;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** The bytes of the program that has this output alone. Throws FileError beyond protobuf's 2 GiB. */
  readonly bytesFor: (output: string) => Uint8Array;
}

/**
 * Reads an ONNX file and the weights beside it, never one outside its folder. Throws DataError or FileError, one line that
 * names the file, for data elsewhere than with its initializers, and for loops, which nothing bounds.
 */
export async function readForeignModel(path: string): Promise<ForeignModel> {
  const read = await readModel(path);
  const { graph } = read;
  if (graph === undefined || graph.output.length === 0) throw new DataError(`${path}: expected a graph with outputs`);
  const initializers = new Set<Message>(graph.initializer);
  for (const message of messagesIn(read)) checkMessage(path, message, initializers);
  const model = await withWeightsInside(path, read);
  const beside = graph.initializer.some(isOutside);
  const fileHash = await sha256File(path);
  const known = new Set(graph.initializer.map(({ name }) => name));
  return {
    ...{ path, fileHash, hash: beside ? sha256(modelBytes(path, model)) : fileHash },
    inputs: graph.input.filter(({ name }) => !known.has(name)).map((info) => portOf(path, 'input', info)),
    outputs: graph.output.map((info) => portOf(path, 'output', info)),
    bytesFor: (output) => modelBytes(path, withOutput(model, output)),
  };
}

const withOutput = (model: ModelProto, output: string): ModelProto => ({
  ...model,
  ...(model.graph && {
    graph: { ...model.graph, output: model.graph.output.filter(({ name }) => name === output) },
  }),
});

/** All messages in one, itself among them; how deep they are nested was bounded when it was read. */
function* messagesIn(value: unknown): Generator<Message> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) {
    if (typeof value[0] === 'object') for (const item of value) yield* messagesIn(item);
    return;
  }
  if (isMessage(value)) yield value;
  for (const inner of Object.values(value)) yield* messagesIn(inner);
}

const isOutside = ({ dataLocation }: TensorProto): boolean => dataLocation === TensorProto_DataLocation.EXTERNAL;

/** Operators that run a graph as often as numbers in it say. */
const loops: ReadonlySet<string> = new Set(['Loop', 'Scan']);

function checkMessage(path: string, message: Message, initializers: ReadonlySet<Message>): void {
  if (isMessage(message, TensorProtoSchema) && isOutside(message) && !initializers.has(message))
    throw new DataError(
      `${path}: tensor ${quoted(message.name)}: expected external data with initializers of the graph only`,
    );
  if (isMessage(message, NodeProtoSchema) && loops.has(message.opType))
    throw new DataError(
      `${path}: node ${quoted(message.name)}: expected a network without loops, got ${message.opType}`,
    );
}
