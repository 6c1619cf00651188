import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { compile } from '../../../engine/compile.ts';
import { named } from '../../../engine/graph/named.ts';
import { cpuEngine, type NamedTensors } from '../../../engine/graph/program.ts';
import type { OnnxGraph, OnnxPort } from '../../../engine/onnx-graph/graph.ts';
import { readOnnxGraph } from '../../../engine/onnx-graph/read.ts';
import { storedGraph } from '../../../engine/onnx-graph/stored-graph.ts';
import { wholeModel } from '../../../engine/onnx-graph/whole-model.ts';
import { DataError } from '../../../ground/errors.ts';
import { writeAtomic } from '../../../ground/file/atomic.ts';
import { writeJson } from '../../../ground/file/json.ts';
import { sha256File } from '../../../ground/file/sha256.ts';
import { writeStored } from '../../../ground/file/stored-tensors.ts';
import { oddPlace } from '../../../ground/finite.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { stream } from '../../../ground/random/philox.ts';
import { embeddedParts, type GraphHead } from '../../../heads/network/graph-config.ts';
import { graphOutput } from '../../../heads/network/graph-head.ts';
import { checkDestination } from '../destination.ts';
import { importedWeightsPath } from '../weights.ts';
import { type GraphCard, graphCardSchema } from './card.ts';
import { conventionsOf } from './conventions.ts';
import { graphFile } from './read.ts';
import { rolesOf } from './roles.ts';
import type { Told } from './told.ts';

/** What to import and where to. */
export interface GraphImport {
  readonly name: string;
  /** Folder that the head is written to. */
  readonly output: string;
  readonly told: Told;
}

/**
 * Imports a head from an ONNX file: the file with its weights inside, these as weights.safetensors, and card.json. Throws
 * UsageError where a role stays open, FileError or DataError for what the file says, one line each.
 */
export async function importGraph(source: string, { name, output, told }: GraphImport): Promise<GraphCard> {
  await checkDestination({ name, output });
  tf.enableProdMode(); // or tfjs advertises its native package on the standard error
  const graph = withoutMadeUp(await readOnnxGraph(source));
  const head = await headOf(source, graph, told);
  await writeAtomic(join(output, graphFile), await wholeModel(source));
  const weights = await writeStored(
    importedWeightsPath(output),
    Object.entries(graph.parameters).map(([weight, { shape, data }]) => ({
      ...{ name: weight, dtype: 'F32' as const, shape },
      bytes: async () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
  );
  const { size: bytes } = await stat(source);
  const card: GraphCard = {
    format: 'fewstep-onnx-1',
    ...{ name, head, ...conventionsOf(told, head) },
    parameters: Object.values(graph.parameters).reduce((sum, { data }) => sum + data.length, 0),
    source: { path: source, bytes, sha256: await sha256File(source) },
    weights,
  };
  await writeJson(join(output, 'card.json'), graphCardSchema, card);
  return card;
}

/** The graph with what its exporter computed ahead (frequencies, ones) as constants, so that it is not trained. */
function withoutMadeUp(graph: OnnxGraph): OnnxGraph {
  const made = new Set(graph.madeUp);
  const entries = Object.entries(graph.parameters);
  return {
    ...graph,
    parameters: Object.fromEntries(entries.filter(([name]) => !made.has(name))),
    constants: new Map([
      ...graph.constants,
      ...entries
        .filter(([name]) => made.has(name))
        .map(([name, { shape, data }]) => [name, { kind: 'float', shape, data }] as const),
    ]),
    madeUp: [],
  };
}

/** The graph with its roles and sizes, tried once on two rows of noise. */
async function headOf(path: string, graph: OnnxGraph, told: Told): Promise<GraphHead> {
  const roles = rolesOf(
    path,
    graph.inputs.map(({ name }) => name),
    graph.outputs.map(({ name }) => name),
    told,
  );
  const port = (name: string): OnnxPort => {
    const found = graph.inputs.find((input) => input.name === name);
    if (found === undefined) throw new DataError(`${path}: no input ${name}`);
    return found;
  };
  const columns = [roles.t, roles.s, roles.w].filter((name) => name !== undefined);
  for (const name of [...columns, ...Object.keys(told.constants)]) checkColumn(path, port(name));
  const head = {
    ...{ graph: storedGraph(graph), ...roles },
    tokenShape: rowShape(path, port(roles.x)),
    conditionShape: rowShape(path, port(roles.condition)),
    constants: Object.entries(told.constants),
    ...(told.unguided !== undefined && { unguided: told.unguided }),
  };
  if (roles.unconditional !== undefined) checkSame(path, port(roles.unconditional), head.conditionShape);
  return { ...head, outputs: await outputsOf(path, head, graph) };
}

/** Throws DataError where a state without the prompt is of another shape than one with it. */
function checkSame(path: string, port: OnnxPort, shape: readonly number[]): void {
  const found = rowShape(path, port);
  if (found.join() !== shape.join())
    throw new DataError(
      `${path}: input ${port.name}: expected [rows, ${shape.join(', ')}] as the state with the prompt, got [rows, ${found.join(', ')}]`,
    );
}

/** The shape of an input without its rows; a second size that is left open is that of draws, of which there is one. */
function rowShape(path: string, { name, dimensions }: OnnxPort): number[] {
  const [rows, ...rest] = dimensions;
  const sizes = rest.map((size, axis) => (typeof size === 'string' && axis === 0 && rest.length > 1 ? 1 : size));
  if (typeof rows === 'number')
    throw new DataError(
      `${path}: input ${name}: expected any number of rows, got ${rows}: export it with a dynamic first axis`,
    );
  const open = sizes.find((size) => typeof size === 'string');
  if (open !== undefined || sizes.length === 0)
    throw new DataError(`${path}: input ${name}: expected [rows, size], got [${dimensions.join(', ')}]`);
  return sizes as number[];
}

function checkColumn(path: string, { name, dimensions }: OnnxPort): void {
  const [rows, column = 1] = dimensions;
  if (dimensions.length > 2 || column !== 1 || typeof rows === 'number')
    throw new DataError(
      `${path}: input ${name}: expected one number a row, [rows] or [rows, 1], got [${dimensions.join(', ')}]`,
    );
}

const ROWS = 2;

/** How many numbers of the output a row has, by what the graph makes of noise. Throws DataError where that is not finite. */
async function outputsOf(path: string, head: Omit<GraphHead, 'outputs'>, { parameters }: OnnxGraph): Promise<number> {
  const token = sizeOf(head.tokenShape);
  const parts = embeddedParts(head);
  const fn = (inputs: NamedTensors) => {
    const heard = parts.map(([role]) => [role, named(inputs, role)] as const);
    const condition = named(inputs, 'condition');
    const out = graphOutput(inputs, head, named(inputs, 'noise'), { ...Object.fromEntries(heard), condition });
    return { out: tf.reshape(out, [ROWS, -1]) };
  };
  const sizes = [['noise', token] as const, ...parts];
  const specs = Object.fromEntries(sizes.map(([name, size]) => [name, { shape: [ROWS, size] }]));
  const program = await compile(fn, specs, { engine: cpuEngine(), constants: parameters });
  const random = stream('imported graph');
  const feeds = sizes.map(([name, size]) => {
    const data = size > 1 || name === 'noise' ? random.normal(ROWS * size) : new Float32Array(ROWS).fill(0.5);
    return [name, { shape: [ROWS, size], data }];
  });
  const { out } = await program.run(Object.fromEntries(feeds)).finally(() => program.dispose());
  const wide = out?.shape[1] ?? 0;
  if (out === undefined || oddPlace(out.data) >= 0)
    throw new DataError(`${path}: output ${head.output}: expected finite numbers of noise`);
  if (wide < token)
    throw new DataError(`${path}: output ${head.output}: expected ${token} numbers a row or more, got ${wide}`);
  return wide;
}
