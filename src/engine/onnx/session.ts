import { EngineError } from '../../ground/errors.ts';
import { largeWeights, sizeOf } from '../../ground/host-tensor.ts';
import { nativeCall, throwIfInterrupted } from '../../ground/interruption.ts';
import { checkFeeds } from '../graph/feeds.ts';
import type { Engine, Program } from '../graph/program.ts';
import { roomFor, runInPlace } from './in-place.ts';
import { messageOf, runSession, toHost } from './run-session.ts';
import * as ort from './runtime.ts';

/** The names of a program's inputs, with their types, and of its outputs in the order of the ONNX file's. */
export type Signature = Pick<Program, 'inputs' | 'outputs'>;

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
