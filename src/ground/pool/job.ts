import { MessageChannel } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { FlowError } from '../errors.ts';
import { loadedPlugins } from '../plugin/loaded.ts';
import { unpackFailure, WorkerLostError } from './failure.ts';
import { wholeBuffers } from './transfer.ts';
import type { Outcome, Post, Task } from './worker.ts';

/** How a job is run once. */
interface JobOptions<Message> {
  readonly onMessage?: (message: Message) => void;
  /** Moves the arrays of the job instead of copying them. */
  readonly move?: boolean;
  /** Any of them stops the job. */
  readonly signals: readonly AbortSignal[];
}

/** Runs one job of a module on a thread of a pool. Rejects with what it threw, the reason of a signal, or WorkerLostError. */
export async function runJob<Job, Result, Message>(
  piscina: Piscina,
  module: URL,
  filename: string,
  job: Job,
  { onMessage, move = false, signals }: JobOptions<Message>,
): Promise<Result> {
  const either = AbortSignal.any([...signals]);
  either.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const tell = () => Atomics.store(stop, 0, 1);
  either.addEventListener('abort', tell);
  const channel = onMessage && channelOf(onMessage);
  const plugins = loadedPlugins().map(({ file, sha256 }) => ({ file, sha256 }));
  const task: Task<Job> = { job, stop, plugins, ...(channel && { port: channel.port }) };
  try {
    // the file is named here and not to the pool: a module that cannot be loaded then fails its job, not the pool
    const outcome: Outcome<Result> = await piscina.run(task, {
      filename,
      transferList: [...(channel ? [channel.port] : []), ...(move ? wholeBuffers(job) : [])],
    });
    await channel?.drained;
    if ('failure' in outcome) throw unpackFailure(outcome.failure);
    return outcome.result;
  } catch (error) {
    throw failureOf(error, module, signals);
  } finally {
    either.removeEventListener('abort', tell);
    channel?.close();
  }
}

const lost = /^worker exited with code|^Terminating worker thread|reaching memory limit|out of memory/i;

/** A rejection of Piscina as the error that it stands for. */
function failureOf(error: unknown, module: URL, signals: readonly AbortSignal[]): unknown {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) return aborted.reason;
  if (error instanceof FlowError || !(error instanceof Error) || !lost.test(error.message)) return error;
  const name = module.pathname.split('/').at(-1);
  return new WorkerLostError(`a worker of ${name} ended in the middle of a job: ${error.message}`, { cause: error });
}

/** A channel for the messages of one job; `drained` fulfils when the worker has said that there are no more. */
function channelOf<Message>(onMessage: (message: Message) => void) {
  const { port1, port2 } = new MessageChannel();
  const drained = new Promise<void>((resolve, reject) => {
    port1.once('close', resolve);
    port1.on('message', (post: Post<Message>) => {
      try {
        if ('end' in post) resolve();
        else onMessage(post.message);
      } catch (error) {
        reject(error);
      }
    });
  });
  drained.catch(() => undefined); // awaited later, when the job is done
  return { port: port2, drained, close: () => port1.close() };
}
