import type { MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { nativeCallsEnded, stopBy } from '../interruption.ts';
import { loadForPool, type PoolPlugin } from '../plugin/load.ts';
import { type Failure, packFailure } from './failure.ts';
import { wholeBuffers } from './transfer.ts';

/** What a pool sends to a worker. */
export interface Task<Job> {
  readonly job: Job;
  /** Where messages go; absent when nobody listens. */
  readonly port?: MessagePort;
  /** Shared with the pool, which makes it 1 to stop the job. */
  readonly stop: Int32Array;
  /** The plug-ins of the pool's process, which its threads load, too. */
  readonly plugins: readonly PoolPlugin[];
}

/** What a worker sends on its port: messages, then the end, which tells that none is still under way. */
export type Post<Message> = { readonly message: Message } | { readonly end: true };

/** How a job ended. */
export type Outcome<Result> = { readonly result: Result } | { readonly failure: Failure };

/** Runs a job that ends with an error once it is told to stop. */
async function stoppable<Result>(stop: Int32Array, work: () => Promise<Result>): Promise<Result> {
  const check = (): void => {
    if (Atomics.load(stop, 0) !== 0) throw new Error('the job was told to stop');
  };
  check(); // it may have waited for this thread
  stopBy(check);
  return work();
}

/**
 * The default export of a pool's worker module: `export default worker(async (job, post) => result)`. `post` sends
 * a message to the job's caller. Arrays of the result are moved, not copied, unless they are part of a larger
 * buffer: a result must not share arrays with what the worker keeps. A job that is told to stop ends where it next calls
 * `throwIfInterrupted`, as every run of a program does; no native call of it is under way when its outcome is told.
 */
export function worker<Job, Result, Message = never>(
  work: (job: Job, post: (message: Message) => void) => Promise<Result>,
): (task: Task<Job>) => Promise<unknown> {
  return async ({ job, port, stop, plugins }: Task<Job>) => {
    const post = (entry: Post<Message>) => port?.postMessage(entry);
    const outcome = await stoppable(stop, async () => {
      await loadForPool(plugins);
      return work(job, (message) => post({ message }));
    }).then(
      (result): Outcome<Result> => ({ result }),
      (error): Outcome<Result> => ({ failure: packFailure(error) }),
    );
    await nativeCallsEnded();
    post({ end: true });
    return move({ [transferableSymbol]: [...wholeBuffers(outcome)], [valueSymbol]: outcome });
  };
}
