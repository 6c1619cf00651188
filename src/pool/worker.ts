import type { MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type Failure, packFailure } from './failure.ts';
import { wholeBuffers } from './transfer.ts';

/** What a pool sends to a worker. */
export interface Task<Job> {
  readonly job: Job;
  /** Where messages go; absent when nobody listens. */
  readonly port?: MessagePort;
}

/** What a worker sends on its port: messages, then the end, which tells that none is still under way. */
export type Post<Message> = { readonly message: Message } | { readonly end: true };

/** How a job ended. */
export type Outcome<Result> = { readonly result: Result } | { readonly failure: Failure };

/**
 * The default export of a pool's worker module: `export default worker(async (job, post) => result)`. `post` sends
 * a message to the job's caller. Arrays of the result are moved, not copied, unless they are part of a larger
 * buffer: a result must not share arrays with what the worker keeps.
 */
export function worker<Job, Result, Message = never>(
  work: (job: Job, post: (message: Message) => void) => Promise<Result>,
): (task: Task<Job>) => Promise<unknown> {
  return async ({ job, port }: Task<Job>) => {
    const post = (entry: Post<Message>) => port?.postMessage(entry);
    const outcome = await work(job, (message) => post({ message })).then(
      (result): Outcome<Result> => ({ result }),
      (error): Outcome<Result> => ({ failure: packFailure(error) }),
    );
    post({ end: true });
    return move({ [transferableSymbol]: [...wholeBuffers(outcome)], [valueSymbol]: outcome });
  };
}
