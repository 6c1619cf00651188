import { EngineError } from '../../ground/errors.ts';
import { type HostTensor, largeWeights, sizeOf } from '../../ground/host-tensor.ts';
import { nativeCall, throwIfInterrupted } from '../../ground/interruption.ts';
import { checkFeeds, dtypeOf } from '../graph/feeds.ts';
import type { Engine, Program } from '../graph/program.ts';
import { endMarker } from './encode.ts';
import * as ort from './runtime.ts';

/** The names of a program's inputs, with their types, and of its outputs in the order of the ONNX file's. */
export type Signature = Pick<Program, 'inputs' | 'outputs'>;

/** Outputs: the name here, and the name in the file. */
type Names = readonly (readonly [string, string])[];

/** How a program is opened. */
export interface SessionOptions {
  /** Whether its weights should not be copied where it can be helped; said of large inputs unless given. */
  readonly large?: boolean;
}

/**
 * Opens an ONNX program, bytes or the path of a file, for running; feeds are checked at each run. Throws an EngineError.
 */
export async function openSession(
  model: Uint8Array | string,
  { inputs, outputs }: Signature,
  engine: Engine,
  { large = inputBytes(inputs) >= largeWeights }: SessionOptions = {},
): Promise<Program> {
  const session = await createSession(model, engine, large);
  const found = session.outputMetadata.filter(({ isTensor }) => isTensor);
  const names = outputs.map((name, index) => [name, found[index]?.name ?? name] as const);
  const marked = found.length < session.outputNames.length;
  return {
    inputs,
    outputs,
    async run(feeds, into = {}) {
      throwIfInterrupted();
      checkFeeds(inputs, feeds);
      const unknown = Object.keys(into).find((name) => !outputs.includes(name));
      if (unknown !== undefined) throw new EngineError(`into '${unknown}': expected one of ${outputs.join(', ')}`);
      const room = marked ? roomFor(names, found, into) : undefined;
      if (room === undefined) {
        const results = await runSession(session, feeds, names, into);
        return Object.fromEntries(names.map(([name, inFile]) => [name, toHost(name, results[inFile], into[name])]));
      }
      await runInPlace(session, feeds, names, room);
      return room;
    },
    dispose: () => session.release(),
  };
}

/**
 * Threads that wait for work spin this long before they sleep. The default, milliseconds, takes a shared machine's
 * cores from the other programs (a step of a small head ran twice as fast with this on two busy cores).
 */
const sessionConfig = { intra_op: { spin_duration_us: '100' } };

/** The bytes of all inputs at batch 1. */
const inputBytes = (inputs: Signature['inputs']): number =>
  Object.values(inputs).reduce(
    (sum, { shape }) => sum + 4 * sizeOf(shape.map((size) => (size === 'batch' ? 1 : size))),
    0,
  );

/**
 * Large programs leave out what costs memory: a plan of one block for all values, beside the memory of the first run, and
 * packed copies of weights, one for each product (an unrolled sampler has as many as steps).
 */
async function createSession(
  model: Uint8Array | string,
  { provider, threads }: Engine,
  large: boolean,
): Promise<ort.InferenceSession> {
  throwIfInterrupted();
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new EngineError(
      `engine onnx, provider '${provider}': expected one that this onnxruntime has: ${known.join(', ')}`,
    );
  }
  try {
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      enableMemPattern: !large,
      logSeverityLevel: 3,
      extra: { session: { ...sessionConfig, ...(large && { disable_prepacking: '1' }) } },
    };
    return await nativeCall(() =>
      typeof model === 'string'
        ? ort.InferenceSession.create(model, options)
        : ort.InferenceSession.create(model, options),
    );
  } catch (cause) {
    throw new EngineError(`engine onnx, provider '${provider}': the program does not start: ${messageOf(cause)}`, {
      cause,
    });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const classes: Readonly<Record<string, (size: number) => HostTensor['data']>> = {
  float32: (size) => new Float32Array(size),
  int32: (size) => new Int32Array(size),
  bool: (size) => new Uint8Array(size),
};

/** Memory for every output, where some is given and the sizes of the others are known. */
function roomFor(
  names: Names,
  found: readonly ort.InferenceSession.ValueMetadata[],
  into: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> | undefined {
  if (Object.keys(into).length === 0) return undefined;
  const room: Record<string, HostTensor> = {};
  for (const [index, [name]] of names.entries()) {
    const metadata = found[index];
    const memory = into[name] ?? (metadata && newMemory(metadata));
    if (memory === undefined) return undefined;
    room[name] = memory;
  }
  return room;
}

function newMemory(metadata: ort.InferenceSession.ValueMetadata): HostTensor | undefined {
  if (!metadata.isTensor) return undefined;
  const shape = metadata.shape.filter((size) => typeof size === 'number');
  const data = classes[metadata.type]?.(sizeOf(shape));
  return data === undefined || shape.length < metadata.shape.length ? undefined : { shape, data };
}

/** What onnxruntime-node says of a result that is no tensor, after the program has run. */
const endOfRun = 'Non tensor type';

/**
 * Runs with memory for every output and makes no results: onnxruntime-node 1.30 writes into the given memory, then copies
 * all of it into new arrays (a whole set of gradients a step). The first result is the program's end marker, at which it
 * gives up.
 */
async function runInPlace(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
  names: Names,
  room: Readonly<Record<string, HostTensor>>,
): Promise<void> {
  try {
    await runSession(session, feeds, [[endMarker, endMarker], ...names], room);
  } catch (error) {
    if (!(error instanceof EngineError && error.message.includes(endOfRun))) throw error;
  }
}

/** Runs with the names of the file; outputs that have memory are written there. */
async function runSession(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
  names: Names,
  into: Readonly<Record<string, HostTensor>>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  try {
    const tensors = Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]);
    const fetches = names.map(([name, inFile]) => [inFile, into[name] === undefined ? null : toOrt(into[name])]);
    return await nativeCall(() => session.run(Object.fromEntries(tensors), Object.fromEntries(fetches)));
  } catch (cause) {
    throw new EngineError(`the program does not run: ${messageOf(cause)}`, { cause });
  }
}

const toOrt = ({ data, shape }: HostTensor): ort.Tensor =>
  new ort.Tensor(dtypeOf(data), data as Float32Array, [...shape]);

function toHost(name: string, result: ort.OnnxValue | undefined, into: HostTensor | undefined): HostTensor {
  if (result === undefined || !('dims' in result)) throw new EngineError(`output '${name}': expected a tensor`);
  return into ?? { shape: result.dims, data: result.data as HostTensor['data'] };
}
