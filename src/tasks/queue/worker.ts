/** A worker's side: takes units that suit this machine from a queue and does them, until it is told to stop. */
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { BusyError, FileError, FlowError } from '../../ground/errors.ts';
import { WorkerLostError } from '../../ground/pool/failure.ts';
import { turns } from '../../ground/pool/turns.ts';
import { versions } from '../../ground/versions.ts';
import { differences } from '../machine.ts';
import { thisWorker } from '../record.ts';
import { type TaskRunner, taskRunner } from '../runner.ts';
import type { UnitMirror } from '../store/unit-mirror.ts';
import { type Task, taskSchema } from '../task.ts';
import { connectQueue } from './connection.ts';
import { failureText } from './failure-text.ts';
import { cancelKey, prefix, queueName, workerKey } from './names.ts';
import { announce, presentOnes } from './presence.ts';

/** What a worker is started with. */
export interface WorkerOptions {
  readonly address: string;
  /** The folder of runs. */
  readonly runs: string;
  /** Units at a time. */
  readonly slots: number;
  readonly provider: string;
  /** Seconds between two signs of life of a unit; one that is silent for three of them is given to another worker. */
  readonly heartbeat: number;
  /** Brings files of runs here and back, where machines share no folder. */
  readonly mirror?: UnitMirror;
  /** Told of the queue and of runs that are left to others, a line each. */
  readonly note: (text: string) => void;
  /** Told how units end. */
  readonly onUnit: (unit: EndedUnit) => void;
  readonly signal: AbortSignal;
}

/** How a unit ended: made, kept because it is there, or failed. */
export interface EndedUnit extends Pick<Task, 'run' | 'kind' | 'id'> {
  readonly outcome: 'made' | 'kept' | 'failed';
  readonly seconds: number;
  readonly error?: string;
}

/** A unit that another worker is at is asked for again after this time. */
const BUSY_MILLISECONDS = 5_000;
/** How often it is looked whether units were cancelled, and which runs there are. */
const CANCEL_MILLISECONDS = 2_000;
const RUNS_MILLISECONDS = 10_000;
/** How often a unit may fall silent: one that ends its worker each time would go on for ever. */
const MOST_STALLS = 30;
/** The most messages of a unit that cross the queue. */
const MESSAGE_MILLISECONDS = 1_000;

/** Works until the signal. Throws EngineError where no server answers. */
export async function workFromQueue({ address, signal, ...options }: WorkerOptions): Promise<void> {
  const { runs, slots, provider, heartbeat, note, onUnit } = options;
  const redis = await connectQueue(address, note);
  const here = versions();
  const runner = taskRunner({ runs, slots, provider, ...(options.mirror && { mirror: options.mirror }) });
  const turn = turns(slots);
  const active = new Map<string, AbortController>();
  const leave = await announce(redis, workerKey(thisWorker()), { provider, versions: here, mixed: false, slots });
  const workers = [false, true].map((mixed) => {
    const work = async (job: Job, token = ''): Promise<void> => {
      const stop = new AbortController();
      active.set(job.id ?? '', stop);
      const stopped = AbortSignal.any([stop.signal, signal]);
      try {
        await turn(() => doneBy(runner, job, { signal: stopped, onUnit, mixed }));
      } catch (error) {
        if (signal.aborted) {
          await job.moveToWait(token); // for another worker, at once
          throw new WaitingError();
        }
        if (error instanceof BusyError) {
          await job.moveToDelayed(Date.now() + BUSY_MILLISECONDS, token);
          throw new DelayedError();
        }
        throw passing(error);
      } finally {
        active.delete(job.id ?? '');
      }
    };
    const connection = redis.duplicate();
    connection.on('error', () => undefined); // the first connection tells it
    const worker = new Worker(queueName({ provider, versions: here, mixed }), work, {
      ...{ connection, prefix, concurrency: slots, maxStalledCount: MOST_STALLS },
      ...{ lockDuration: 3000 * heartbeat, lockRenewTime: 1000 * heartbeat, stalledInterval: 1500 * heartbeat },
      runRetryDelay: 1000,
    });
    worker.on('error', () => undefined);
    return { worker, connection };
  });
  const timers = [
    setInterval(() => void stopCancelled(redis, active).catch(() => undefined), CANCEL_MILLISECONDS),
    setInterval(() => void tellRefused().catch(() => undefined), RUNS_MILLISECONDS),
  ];
  const told = new Set<string>();
  async function tellRefused(): Promise<void> {
    for (const [run, of] of await presentOnes(redis, 'run')) {
      const reasons = [
        ...(of.provider === provider ? [] : [`provider: ${of.provider} in the plan, ${provider} here`]),
        ...(of.mixed ? [] : differences(of.versions, here)),
      ];
      if (reasons.length === 0 || told.has(run)) continue;
      told.add(run);
      note(`${run}: not worked on: ${reasons.join('; ')}; a run with --mixed takes any machine`);
    }
  }
  await tellRefused();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const timer of timers) clearInterval(timer);
  await leave();
  await Promise.allSettled(workers.map(({ worker }) => worker.close()));
  await runner.close();
  for (const { connection } of workers) connection.disconnect();
  redis.disconnect();
}

/** Does the unit that a job names; nothing else in the job is heard. */
async function doneBy(
  runner: TaskRunner,
  job: Job,
  { onUnit, ...how }: Pick<WorkerOptions, 'signal' | 'onUnit'> & { readonly mixed: boolean },
): Promise<void> {
  const named = taskSchema.safeParse(job.data);
  if (!named.success) throw new FileError('expected a unit of a run as { run, place, kind, id }');
  const task: Task = named.data;
  const started = performance.now();
  let last = Number.NEGATIVE_INFINITY;
  const onMessage = (message: unknown): void => {
    if (performance.now() - last < MESSAGE_MILLISECONDS) return;
    last = performance.now();
    void job.updateProgress(message as object).catch(() => undefined);
  };
  const { run, kind, id } = task;
  const ended = (end: Pick<EndedUnit, 'outcome' | 'error'>): void =>
    onUnit({ run, kind, id, seconds: (performance.now() - started) / 1000, ...end });
  try {
    ended({ outcome: await runner.run(task, { ...how, onMessage }) });
  } catch (error) {
    if (!(error instanceof BusyError))
      ended({ outcome: 'failed', error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** An error as BullMQ is told of it: mistakes stay what they are and are not tried again, all else may pass. */
const passing = (error: unknown): Error =>
  error instanceof FlowError && !(error instanceof WorkerLostError) && error.code !== 'file'
    ? new UnrecoverableError(failureText(error))
    : new Error(failureText(error));

/** Stops units that their coordinator no longer waits for. */
async function stopCancelled(redis: Redis, active: ReadonlyMap<string, AbortController>): Promise<void> {
  const ids = [...active.keys()];
  if (ids.length === 0) return;
  const found = await redis.mget(ids.map(cancelKey));
  for (const [index, id] of ids.entries())
    if (found[index] !== null) active.get(id)?.abort(new FileError('cancelled by the coordinator'));
}
