/**
 * Exported students as functions: a warm session of onnxruntime with typed inputs. Nothing here loads tfjs, so that a program
 * starts in the time that onnxruntime takes (`fewstep/sampler`).
 */
import { stat } from 'node:fs/promises';
import { createSession } from '../../engine/onnx/create-session.ts';
import * as ort from '../../engine/onnx/runtime.ts';
import { EngineError, FileError, UsageError } from '../../ground/errors.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { largeWeights, sizeOf } from '../../ground/host-tensor.ts';
import { nativeCall } from '../../ground/interruption.ts';
import { stream } from '../../ground/random/philox.ts';
import { isHead, type SamplerChoice, samplerPath } from './find-file.ts';
import { checkProperties, fill, type Port, rowsOf, type SampleInputs, sources } from './inputs.ts';

export type { SamplerChoice } from './find-file.ts';
export type { SampleInputs } from './inputs.ts';

/** How a sampler is opened. */
export interface SamplerOptions extends SamplerChoice {
  /** Threads of one call; 1 unless given, which is the fastest for a token at a time of small heads. */
  readonly threads?: number;
  /** Of the stream that noise is drawn from where none is given; 1 unless given. */
  readonly seed?: number;
}

/** An opened sampler. */
export interface Sampler {
  /** The file. */
  readonly path: string;
  /** D, the numbers of a token. */
  readonly token: number;
  /** H, the numbers of a hidden state. */
  readonly condition: number;
  /** The inputs that it hears, by the properties of `SampleInputs`. */
  readonly inputs: readonly (keyof SampleInputs)[];
  /** Draws tokens [batch, D], as many as `hidden` has rows; the array is the caller's. Throws DataError or UsageError. */
  readonly sample: (inputs: SampleInputs) => Promise<Float32Array>;
  /** Frees the session when calls under way have ended; later calls are refused. */
  readonly dispose: () => Promise<void>;
}

/**
 * Opens a student's sampler: a file that `fewstep export` wrote, or a student's folder. Throws FileError where there is none,
 * or a file that is something else.
 */
export async function createSampler(
  path: string,
  { threads = 1, seed = 1, ...choice }: SamplerOptions = {},
): Promise<Sampler> {
  if (!(Number.isInteger(threads) && threads >= 1)) throw new UsageError(`threads: expected 1 or more, got ${threads}`);
  const file = await samplerPath(path, choice);
  const session = await opened(file, threads);
  try {
    return samplerOf(file, session, portsOf(file, session), seed);
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function opened(file: string, threads: number): Promise<ort.InferenceSession> {
  const large =
    (await bytesAt(file)) + (await bytesAt(`${file.replace(/[^/\\]*$/, '')}head.onnx.data`)) >= largeWeights;
  try {
    return await createSession(file, { provider: 'cpu', threads }, { large });
  } catch (cause) {
    if (cause instanceof EngineError)
      throw new FileError(`${file}: expected a sampler that fewstep exported: ${cause.message.replace(/\s+/g, ' ')}`, {
        cause,
      });
    throw cause;
  }
}

const bytesAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (error) => {
      if (systemCode(error) === 'ENOENT') return 0;
      throw fileFailure(path, 'read', error);
    },
  );

/** The inputs of a file, which must be those of an exported sampler. */
function portsOf(file: string, session: ort.InferenceSession): Port[] {
  const ports = session.inputMetadata.map((input) => {
    const [batch, ...sizes] = input.isTensor && input.type === 'float32' ? input.shape : [];
    const plain = sizes.filter((size) => typeof size === 'number');
    const known = batch === 'batch' && Object.hasOwn(sources, input.name) && plain.length === sizes.length;
    return known ? { name: input.name, sizes: plain, width: sizeOf(plain) } : undefined;
  });
  const whole = ports.filter((port) => port !== undefined);
  const needed = ['noise', 'hidden'].every((name) => whole.some((port) => port.name === name));
  if (whole.length < ports.length || !needed || session.outputNames.join() !== 'sample') {
    const hint = isHead(file) ? ': this is one jump, the samplers lie beside it' : '';
    throw new FileError(
      `${file}: expected a sampler that fewstep exported, with the inputs noise and hidden and the output sample; ` +
        `got ${session.inputNames.join(', ')} and ${session.outputNames.join(', ')}${hint}`,
    );
  }
  return whole;
}

/** The memory of one call: each input's numbers, and the tensors that view them. */
interface Room {
  readonly memory: ReadonlyMap<Port, Float32Array>;
  readonly feeds: Readonly<Record<string, ort.Tensor>>;
}

function samplerOf(path: string, session: ort.InferenceSession, ports: readonly Port[], seed: number): Sampler {
  const own = stream('sampler', seed);
  const free = new Map<number, Room[]>(); // by rows; calls that overlap have memory of their own
  const underWay = new Set<Promise<unknown>>();
  let disposed = false;

  const run = async (rows: number, room: Room): Promise<Float32Array> => {
    const { sample } = await session.run(room.feeds);
    if (sample === undefined || !(sample.data instanceof Float32Array)) throw new EngineError(`${path}: no sample`);
    if (!free.has(rows)) free.clear(); // one size at a time is kept
    free.set(rows, [...(free.get(rows) ?? []), room]);
    return sample.data;
  };

  return {
    path,
    token: widthOf(ports, 'noise'),
    condition: widthOf(ports, 'hidden'),
    inputs: ports.map(({ name }) => sources[name]?.property ?? 'hidden'),
    sample: async (inputs) => {
      if (disposed) throw new UsageError(`${path}: this sampler was disposed of`);
      checkProperties(inputs, ports, path);
      const rows = rowsOf(inputs, ports);
      const room = free.get(rows)?.pop() ?? roomFor(ports, rows);
      const random = inputs.seed === undefined ? own : stream('sampler', inputs.seed);
      for (const [port, memory] of room.memory) if (!fill(memory, port, rows, inputs)) random.normal(memory);
      const call = nativeCall(() => run(rows, room));
      underWay.add(call);
      return call.finally(() => underWay.delete(call));
    },
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      await Promise.allSettled(underWay);
      await session.release();
    },
  };
}

const widthOf = (ports: readonly Port[], name: string): number => ports.find((port) => port.name === name)?.width ?? 0;

function roomFor(ports: readonly Port[], rows: number): Room {
  const memory = new Map(ports.map((port) => [port, new Float32Array(rows * port.width)]));
  const tensors = [...memory].map(([{ name, sizes }, data]) => [
    name,
    new ort.Tensor('float32', data, [rows, ...sizes]),
  ]);
  return { memory, feeds: Object.fromEntries(tensors) };
}
