import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { DivergedError, FileError } from '../../../src/ground/errors.ts';
import { throwIfInterrupted } from '../../../src/ground/interruption.ts';
import { worker } from '../../../src/ground/pool/worker.ts';

/** A job of the tests: squares, unless it is told to do something else. */
export interface SquareJob {
  readonly values: Float32Array;
  /** Shared by two jobs: one that lingers opens it, and one that fails waits until it is open. */
  readonly gate?: Int32Array<SharedArrayBuffer>;
  readonly act?: 'fail' | 'fail plainly' | 'exit' | 'exhaust' | 'throw later' | 'hang' | 'linger' | 'keep';
}

export interface SquareResult {
  readonly squares: Float32Array;
  readonly thread: number;
}

/** How long a job goes on that was told to stop, in milliseconds. */
export const lingering = 300;

async function untilStopped(): Promise<void> {
  for (;;) {
    throwIfInterrupted();
    await sleep(1);
  }
}

const kept = new Float32Array(4);

const ends: Readonly<Record<NonNullable<SquareJob['act']>, (gate?: SquareJob['gate']) => unknown>> = {
  fail: (gate) => {
    if (gate) Atomics.wait(gate, 0, 0);
    throw new DivergedError('loss is NaN at step 7', { cause: new FileError('a.safetensors: gone') });
  },
  'fail plainly': () => {
    throw new TypeError('plain');
  },
  exit: () => process.exit(3),
  exhaust: () => {
    let hoard: unknown; // grows by small pieces, so that the limit is met and not leapt over
    for (;;) hoard = { hoard };
  },
  'throw later': async () => {
    setImmediate(() => {
      throw new Error('thrown outside of the job');
    });
    await sleep(60_000);
  },
  hang: untilStopped,
  linger: (gate) => {
    if (gate) {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    }
    return untilStopped().catch(async (error) => {
      await sleep(lingering);
      throw error;
    });
  },
  keep: () => undefined,
};

export default worker<SquareJob, SquareResult, number>(async ({ values, act, gate }, post) => {
  for (const value of values) post(value);
  if (act !== undefined) await ends[act](gate);
  if (act === 'keep') return { squares: kept.subarray(0, 2).fill(kept.length), thread: threadId };
  return { squares: values.map((value) => value * value), thread: threadId };
});
