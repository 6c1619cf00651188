import { EngineError } from '../../ground/errors.ts';
import { largeWeights, sizeOf } from '../../ground/host-tensor.ts';
import { throwIfInterrupted } from '../../ground/interruption.ts';
import { checkFeeds } from '../graph/feeds.ts';
import type { Engine, Program } from '../graph/program.ts';
import { createSession } from './create-session.ts';
import { roomFor, runInPlace } from './in-place.ts';
import { runSession, toHost } from './run-session.ts';

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
  const session = await createSession(model, engine, { large });
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

/** The bytes of all inputs at batch 1. */
const inputBytes = (inputs: Signature['inputs']): number =>
  Object.values(inputs).reduce(
    (sum, { shape }) => sum + 4 * sizeOf(shape.map((size) => (size === 'batch' ? 1 : size))),
    0,
  );
