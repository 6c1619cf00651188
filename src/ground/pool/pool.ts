/** Work on several threads: a typed wrapper of Piscina. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import '../telemetry.ts'; // a thread that loads onnxruntime cannot set this itself
import { WorkerLostError } from './failure.ts';
import { runJob } from './job.ts';
import { turns } from './turns.ts';

/** What a pool is made with. */
export interface PoolOptions {
  /** Threads, at least 1; never more than the machine runs at once. */
  readonly workers: number;
  /** Stops all jobs when aborted: they reject with its reason, each once what it does has ended. */
  readonly signal?: AbortSignal;
  /** The limit of a worker's JavaScript heap. */
  readonly memoryMegabytes?: number;
  /** How often a job is tried whose worker ends in the middle of it; once unless given. Not for jobs that are moved. */
  readonly attempts?: number;
}

/** How one job is run. */
export interface RunOptions<Message> {
  /** Takes the job's messages, in order, all before the job's promise is fulfilled. */
  readonly onMessage?: (message: Message) => void;
  /** Moves the arrays of the job to the worker instead of copying them; the caller then has them no more. */
  readonly move?: boolean;
  readonly signal?: AbortSignal;
  /** Called when a thread begins with it, at every attempt. */
  readonly onStart?: () => void;
}

/** How several jobs are run. */
export interface RunAllOptions<Result, Message> {
  /** Takes each result as it comes, with the index of its job; a promise that it gives is awaited. */
  readonly onDone?: (result: Result, index: number) => unknown;
  readonly onMessage?: (message: Message, index: number) => void;
}

/** Threads that run jobs. */
export interface Pool<Job, Result, Message> {
  readonly workers: number;
  /**
   * Runs a job when a thread is free. Errors come as they were thrown; WorkerLostError when the thread ended in the
   * middle of the last attempt, after which the job can be run again.
   */
  run(job: Job, options?: RunOptions<Message>): Promise<Result>;
  /**
   * Runs jobs and gives their results in the order of the jobs. The first failure stops the others; it is thrown when all
   * have ended.
   */
  all(jobs: readonly Job[], options?: RunAllOptions<Result, Message>): Promise<Result[]>;
  /** Stops the jobs that are not done, which reject, and ends the threads when all have ended. */
  close(): Promise<void>;
}

/** How a pool runs several jobs, by how it runs one. */
export const allBy =
  <Job, Result, Message>(run: Pool<Job, Result, Message>['run']): Pool<Job, Result, Message>['all'] =>
  async (jobs, { onDone, onMessage } = {}) => {
    const failed = new AbortController();
    const one = async (job: Job, index: number) => {
      const listener = onMessage && { onMessage: (message: Message) => onMessage(message, index) };
      const result = await run(job, { ...listener, signal: failed.signal });
      await onDone?.(result, index);
      return result;
    };
    const running = jobs.map(one);
    try {
      return await Promise.all(running);
    } catch (error) {
      failed.abort(error);
      await Promise.allSettled(running);
      throw error;
    }
  };

const fromSources = import.meta.url.endsWith('.ts');

/** The file that a thread loads, and what tells it which module to run. */
function entryOf(module: URL) {
  if (!fromSources) return { filename: module.href.replace(/\.ts$/, '.js'), workerData: undefined };
  const filename = new URL('./typescript-worker.mjs', import.meta.url).href;
  return { filename, workerData: { module: module.href } };
}

/**
 * Starts threads that run the jobs of a worker module (its default export is made by `worker`), given as
 * `new URL('./name-worker.ts', import.meta.url)`; built code runs the .js file of the same name.
 */
export function createPool<Job, Result, Message = never>(
  module: URL,
  { workers, signal: poolSignal, memoryMegabytes, attempts = 1 }: PoolOptions,
): Pool<Job, Result, Message> {
  const threads = Math.max(1, Math.min(Math.floor(workers), availableParallelism()));
  const { filename, workerData } = entryOf(module);
  const piscina = new Piscina({
    minThreads: threads,
    maxThreads: threads,
    atomics: 'disabled', // an idle thread keeps its event loop: its output and its native sessions go on
    workerData,
    ...(memoryMegabytes !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes } }),
  });

  // An error of a thread without a job concerns no result: the thread is replaced, and one that cannot start fails its jobs.
  piscina.on('error', () => undefined);
  const turn = turns(threads);
  const closed = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const withSignals = ({ signal, ...options }: RunOptions<Message>) => ({
    ...options,
    signals: [poolSignal, signal, closed.signal].filter((given) => given !== undefined),
  });

  async function run(job: Job, { onStart, ...options }: RunOptions<Message> = {}): Promise<Result> {
    const begin = (): Promise<Result> => {
      onStart?.();
      return runJob(piscina, module, filename, job, withSignals(options));
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await tracked(turn(begin));
      } catch (error) {
        if (!(error instanceof WorkerLostError) || attempt >= attempts) throw error;
      }
    }
  }

  async function tracked<Value>(promise: Promise<Value>): Promise<Value> {
    underWay.add(promise);
    try {
      return await promise;
    } finally {
      underWay.delete(promise);
    }
  }

  return {
    workers: threads,
    run,
    all: allBy(run),
    async close() {
      closed.abort(new Error('the pool was closed'));
      while (underWay.size > 0) await Promise.allSettled(underWay);
      await piscina.destroy();
    },
  };
}
