import * as ort from 'onnxruntime-node';
import { EngineError } from '../errors.ts';
import { checkFeeds, dtypeOf } from '../graph/feeds.ts';
import type { Engine, Program } from '../graph/program.ts';
import type { HostTensor } from '../host-tensor.ts';

/** The names of a program's inputs, with their types, and of its outputs in the order of the ONNX file's. */
export type Signature = Pick<Program, 'inputs' | 'outputs'>;

/** Opens an ONNX program for running; feeds are checked at each run. Throws an EngineError. */
export async function openSession(model: Uint8Array, { inputs, outputs }: Signature, engine: Engine): Promise<Program> {
  const session = await createSession(model, engine);
  const names = outputs.map((name, index) => [name, session.outputNames[index] ?? name] as const);
  return {
    inputs,
    outputs,
    async run(feeds, into = {}) {
      checkFeeds(inputs, feeds);
      const unknown = Object.keys(into).find((name) => !outputs.includes(name));
      if (unknown !== undefined) throw new EngineError(`into '${unknown}': expected one of ${outputs.join(', ')}`);
      const results = await runSession(session, feeds, names, into);
      return Object.fromEntries(names.map(([name, inFile]) => [name, toHost(name, results[inFile], into[name])]));
    },
    dispose: () => session.release(),
  };
}

/**
 * Threads that wait for work spin this long before they sleep. The default, milliseconds, takes a shared machine's
 * cores from the other programs (a step of a small head ran twice as fast with this on two busy cores).
 */
const sessionConfig = { session: { intra_op: { spin_duration_us: '100' } } };

async function createSession(model: Uint8Array, { provider, threads }: Engine): Promise<ort.InferenceSession> {
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new EngineError(
      `engine onnx, provider '${provider}': expected one that this onnxruntime has: ${known.join(', ')}`,
    );
  }
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: sessionConfig,
    });
  } catch (cause) {
    throw new EngineError(`engine onnx, provider '${provider}': the program does not start: ${messageOf(cause)}`, {
      cause,
    });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs with the names of the file; outputs that have memory are written there. */
async function runSession(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
  names: readonly (readonly [string, string])[],
  into: Readonly<Record<string, HostTensor>>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  try {
    const tensors = Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]);
    const fetches = names.map(([name, inFile]) => [inFile, into[name] === undefined ? null : toOrt(into[name])]);
    return await session.run(Object.fromEntries(tensors), Object.fromEntries(fetches));
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
