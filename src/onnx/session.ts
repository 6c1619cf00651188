import * as ort from 'onnxruntime-node';
import { EngineError } from '../errors.ts';
import { checkFeeds, dtypeOf } from '../graph/feeds.ts';
import type { Engine, Program } from '../graph/program.ts';
import { type HostTensor, sizeOf } from '../host-tensor.ts';

/** The names of a program's inputs, with their types, and of its outputs in the order of the ONNX file's. */
export type Signature = Pick<Program, 'inputs' | 'outputs'>;

/** Opens an ONNX program for running; feeds are checked at each run. Throws an EngineError. */
export async function openSession(model: Uint8Array, { inputs, outputs }: Signature, engine: Engine): Promise<Program> {
  const session = await createSession(model, engine);
  return {
    inputs,
    outputs,
    async run(feeds, into = {}) {
      checkFeeds(inputs, feeds);
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]));
      const names = outputs.map((name, index) => [name, session.outputNames[index] ?? name] as const);
      const fetches = names.map(([name, inFile]) => [inFile, into[name] === undefined ? null : toOrt(into[name])]);
      const results = await session.run(tensors, Object.fromEntries(fetches));
      return Object.fromEntries(names.map(([name, inFile]) => [name, toHost(name, results[inFile], into[name])]));
    },
    dispose: () => session.release(),
  };
}

async function createSession(model: Uint8Array, { provider, threads }: Engine): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`engine onnx, provider '${provider}': the program does not start: ${reason}`, { cause });
  }
}

function toOrt({ data, shape }: HostTensor): ort.Tensor {
  const dtype = dtypeOf(data);
  return new ort.Tensor(dtype, data as Float32Array, [...shape]);
}

function toHost(name: string, result: ort.Tensor | undefined, into: HostTensor | undefined): HostTensor {
  if (result === undefined) throw new EngineError(`output '${name}': expected a tensor, got nothing`);
  const data = result.data as HostTensor['data'];
  if (into === undefined) return { shape: result.dims, data };
  if (data.length !== sizeOf(into.shape)) {
    throw new EngineError(
      `output '${name}': expected room for [${result.dims.join(', ')}], got [${into.shape.join(', ')}]`,
    );
  }
  if (data.buffer !== into.data.buffer) into.data.set(data);
  return into;
}
