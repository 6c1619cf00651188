/** Units of a run in a queue of BullMQ, and who waits for them. */
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { turns } from '../../ground/pool/turns.ts';
import { repeat } from '../../ground/repeat.ts';
import type { Task } from '../task.ts';
import { failureOf } from './failure-text.ts';
import { cancelKey, jobIdOf, prefix } from './names.ts';

/** How often a unit is tried whose worker met something that may pass, and the first pause before it is tried again. */
const ATTEMPTS = 5;
const BACKOFF_MILLISECONDS = 2_000;

/** How often the queue is asked whether what is waited for is still known to it. */
const LOOK_MILLISECONDS = 5_000;

/** How many units are added at once: each holds memory while it is on its way. */
const ADDS_AT_ONCE = 256;

/** A cancelled unit's key outlives the longest wait of a worker for it. */
const CANCEL_SECONDS = 120;

/** How a unit is watched. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onStart: () => void;
  /** Takes its messages, whatever they are. */
  readonly onMessage: (message: unknown) => void;
}

/** A unit that somebody waits for. */
interface Waiting extends Watch {
  readonly task: Task;
  readonly settle: (error?: Error) => void;
  /** Looks in a row at which the queue did not know it; as good as none before it was added. */
  missing: number;
}

/** Units that are waited for. */
export interface WaitingUnits {
  /** Puts a unit into the queue, unless it is there, and waits for it. Rejects with its failure or the signal's reason. */
  readonly done: (task: Task, watch: Watch) => Promise<void>;
  /** How many workers of the queue are connected. */
  readonly workers: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Opens a queue by its name. */
export async function waitingUnits(redis: Redis, name: string): Promise<WaitingUnits> {
  const blocking = redis.duplicate(); // what waits for events blocks its connection
  const queue = new Queue(name, { connection: redis, prefix });
  const events = new QueueEvents(name, { connection: blocking, prefix });
  for (const emitter of [blocking, queue as NodeJS.EventEmitter, events as NodeJS.EventEmitter])
    emitter.on('error', () => undefined); // the first connection tells it
  await events.waitUntilReady();
  const waiting = new Map<string, Waiting>();
  const turn = turns(ADDS_AT_ONCE);

  listen(events, waiting);

  const add = async (jobId: string, { run, place, kind, id }: Task): Promise<void> => {
    await redis.del(cancelKey(jobId));
    const backoff = { type: 'exponential', delay: BACKOFF_MILLISECONDS };
    // nothing is kept of what ended: files tell what is done
    await queue.add(
      kind,
      { run, place, kind, id },
      { jobId, attempts: ATTEMPTS, backoff, removeOnComplete: true, removeOnFail: true },
    );
  };

  /** Adds again what the queue has lost: a server that was restarted without its log, an event that was missed. */
  async function look(): Promise<void> {
    const all = [...waiting];
    const keys = all.map(([jobId]) => queue.toKey(jobId));
    for (const [index, known] of (await areKnown(redis, keys)).entries()) {
      const [jobId, one] = all[index] ?? [];
      if (jobId === undefined || one === undefined) continue;
      one.missing = known ? 0 : one.missing + 1;
      if (one.missing < 2 || !waiting.has(jobId)) continue; // an event may be on its way
      one.missing = 0;
      await add(jobId, one.task);
    }
  }
  const stopLooking = repeat(look, LOOK_MILLISECONDS);

  async function cancel(jobId: string): Promise<void> {
    await redis.set(cancelKey(jobId), '1', 'EX', CANCEL_SECONDS);
    await queue.remove(jobId).catch(() => 0); // not of one that is under way, which its worker ends
  }

  return {
    async done(task, watch) {
      const { jobId, one, ended } = enlisted(waiting, task, watch, cancel);
      await turn(async () => {
        if (!waiting.has(jobId)) return; // cancelled meanwhile
        await add(jobId, task);
        one.missing = 0;
      }).catch((error: Error) => one.settle(error));
      await ended;
    },
    workers: () => queue.getWorkersCount(),
    async close() {
      stopLooking();
      for (const one of [...waiting.values()]) one.settle(new Error('the queue was left'));
      await Promise.allSettled([events.close(), queue.close()]);
      blocking.disconnect();
    },
  };
}

/** Puts a unit among those that are waited for, until it is settled or its signal cancels it. */
function enlisted(
  waiting: Map<string, Waiting>,
  task: Task,
  watch: Watch,
  cancel: (jobId: string) => Promise<void>,
): { readonly jobId: string; readonly one: Waiting; readonly ended: Promise<void> } {
  const jobId = jobIdOf(task);
  let end = (_?: Error): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  const settle = (error?: Error): void => {
    if (!waiting.delete(jobId)) return;
    watch.signal.removeEventListener('abort', stop);
    end(error);
  };
  const stop = (): void => {
    void cancel(jobId).catch(() => undefined);
    settle(watch.signal.reason as Error);
  };
  const one: Waiting = { ...watch, task, settle, missing: Number.NEGATIVE_INFINITY };
  waiting.set(jobId, one);
  watch.signal.addEventListener('abort', stop);
  ended.catch(() => undefined); // awaited when it was added
  return { jobId, one, ended };
}

/** Tells those who wait what the queue's events say of their units. */
function listen(events: QueueEvents, waiting: ReadonlyMap<string, Waiting>): void {
  events.on('completed', ({ jobId }) => waiting.get(jobId)?.settle());
  events.on('failed', ({ jobId, failedReason }) => {
    const one = waiting.get(jobId);
    one?.settle(failureOf(`${one.task.kind}/${one.task.id}`, failedReason));
  });
  events.on('progress', ({ jobId, data }) => waiting.get(jobId)?.onMessage(data));
  events.on('active', ({ jobId }) => waiting.get(jobId)?.onStart());
}

/** The most keys that are asked for at once. */
const AT_ONCE = 1000;

/** Whether a server has keys, in their order. */
async function areKnown(redis: Redis, keys: readonly string[]): Promise<boolean[]> {
  const known: boolean[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const asked = redis.pipeline();
    for (const key of keys.slice(from, from + AT_ONCE)) asked.exists(key);
    for (const [, answer] of (await asked.exec()) ?? []) known.push(answer === 1);
  }
  return known;
}
