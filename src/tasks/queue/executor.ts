/** The coordinator's side: the units of a run go to a queue of BullMQ and are done by whoever takes them from there. */
import { basename, join } from 'node:path';
import type { Executor, TaskKind } from '../../ground/pool/executor.ts';
import { allBy, type Pool, type PoolOptions, type RunOptions } from '../../ground/pool/pool.ts';
import { repeat } from '../../ground/repeat.ts';
import { type RunPlan, readPlan } from '../plan.ts';
import { connectQueue, shownAddress } from './connection.ts';
import { queueName, runKey, type Suited } from './names.ts';
import { announce, presentOnes } from './presence.ts';
import { type WaitingUnits, waitingUnits } from './waiting.ts';

/** What a coordinator is told of its run. */
export interface QueueOptions extends Suited {
  readonly address: string;
  /** The folder of runs, and the name of this one. */
  readonly runs: string;
  readonly run: string;
  readonly note?: (text: string) => void;
}

/** An executor that holds connections. */
export interface QueueExecutor extends Executor {
  readonly close: () => Promise<void>;
}

/** How often it is looked whether there are workers. */
const WORKERS_MILLISECONDS = 10_000;

/** Opens the queue for a run. Throws EngineError where no server answers. */
export async function queueExecutor({ address, runs, run, note, ...suited }: QueueOptions): Promise<QueueExecutor> {
  const redis = await connectQueue(address, note);
  const units = await waitingUnits(redis, queueName(suited));
  const leave = await announce(redis, runKey(run), suited);
  let told = false;
  const stopLooking = repeat(async () => {
    const none = (await units.workers()) === 0;
    const others = none && !told ? (await presentOnes(redis, 'worker')).size : 0;
    if (none && !told)
      note?.(
        `queue ${shownAddress(address)}: no worker for this run yet: \`fewstep worker --queue …\` starts one` +
          (others > 0 ? `; ${others} of other machines are there, which --mixed would let work, too` : ''),
      );
    told = none;
  }, WORKERS_MILLISECONDS);
  return {
    open: (kind, options) => pooled(units, join(runs, run), kind, options),
    async close() {
      stopLooking();
      await leave();
      await units.close();
      redis.disconnect();
    },
  };
}

/** Units of a kind as a pool's jobs. */
function pooled<Job, Message>(
  units: WaitingUnits,
  run: string,
  kind: TaskKind<Job, Message>,
  { signal: all }: PoolOptions,
): Pool<Job, void, Message> {
  const closed = new AbortController();
  let plan: Promise<RunPlan> | undefined; // it is there when the first unit is
  const one = async (job: Job, { onMessage, onStart, signal }: RunOptions<Message> = {}): Promise<void> => {
    const either = AbortSignal.any([all, signal, closed.signal].filter((given) => given !== undefined));
    either.throwIfAborted();
    plan ??= readPlan(run);
    const { place } = await plan;
    await units.done(
      { run: basename(run), place, kind: kind.name, id: kind.idOf(job) },
      {
        signal: either,
        onStart: () => onStart?.(),
        onMessage: (message) => {
          const checked = kind.message?.safeParse(message);
          if (checked?.success === true) onMessage?.(checked.data);
        },
      },
    );
  };
  return {
    workers: Number.POSITIVE_INFINITY,
    run: one,
    all: allBy(one),
    close: async () => closed.abort(new Error('the pool was closed')),
  };
}
