/** Does work units on threads of this process, whichever run and kind they are of. */
import { mkdir } from 'node:fs/promises';
import { FileError } from '../ground/errors.ts';
import { lock } from '../ground/file/lock.ts';
import { createPool, type Pool } from '../ground/pool/pool.ts';
import { type OpenedRun, openedRun } from './opened-run.ts';
import { recorded } from './record.ts';
import { type OpenTask, taskSources } from './sources.ts';
import type { UnitMirror } from './store/unit-mirror.ts';
import { refuseUnsuited } from './suited.ts';
import type { Task } from './task.ts';

/** Where and on how many threads. */
export interface RunnerOptions {
  /** The folder of runs. */
  readonly runs: string;
  /** Units at a time. */
  readonly slots: number;
  /** The execution provider of this machine. */
  readonly provider: string;
  /** Brings files of runs here and back, where machines share no folder. */
  readonly mirror?: UnitMirror;
}

/** How a unit is watched and stopped. */
export interface TaskOptions {
  /** Whether the queue that named it is for machines of any kind. */
  readonly mixed?: boolean;
  readonly onMessage?: (message: unknown) => void;
  readonly signal?: AbortSignal;
}

/** What does units. */
export interface TaskRunner {
  /**
   * Does a unit, unless what it makes is there. Throws FileError where the run has none of this name, BusyError where
   * another worker is at it, and what it throws itself.
   */
  readonly run: (task: Task, options?: TaskOptions) => Promise<'made' | 'kept'>;
  /** Stops what is under way and ends the threads. */
  readonly close: () => Promise<void>;
}

/** Threads of a kind of a run, which keep a teacher and its programs between units. */
interface Crew {
  readonly pool: Pool<unknown, void, unknown>;
  readonly tasks: Promise<ReadonlyMap<string, OpenTask>>;
  readonly opened: OpenedRun;
  busy: number;
  idle?: NodeJS.Timeout;
}

const crewKey = ({ run, place, kind }: Task, mixed: boolean): string => `${run} ${place} ${kind} ${mixed}`;

/** Threads without a unit end after this time. */
const IDLE_MILLISECONDS = 5_000;

/** A runner without any threads yet. */
export function taskRunner({ runs, slots, provider, mirror }: RunnerOptions): TaskRunner {
  const crews = new Map<string, Promise<Crew>>();

  async function hired(key: string, { run, place, kind }: Task, mixed: boolean): Promise<Crew> {
    await mirror?.open(run);
    const opened = await openedRun(runs, run);
    if (opened.plan.place !== place)
      throw new FileError(`${opened.path}: is not the folder that its coordinator works in; share one, or use --store`);
    await refuseUnsuited(opened, { provider, mixed });
    await mirror?.prepare(opened, kind);
    const { module, tasks } = taskSources[kind];
    const found = tasks(opened).then((open) => new Map(open.map((task) => [task.id, task])));
    found.catch(() => crews.delete(key)); // it may be there next time
    return { pool: createPool(module, { workers: slots }), tasks: found, opened, busy: 0 };
  }

  function crewOf(task: Task, mixed: boolean): Promise<Crew> {
    const key = crewKey(task, mixed);
    const found = crews.get(key) ?? hired(key, task, mixed);
    crews.set(key, found);
    found.catch(() => crews.delete(key));
    return found;
  }

  async function dismiss(key: string, crew: Crew): Promise<void> {
    const current = await crews.get(key)?.catch(() => undefined);
    if (crew.busy > 0) return; // meanwhile
    if (current === crew) crews.delete(key);
    await crew.pool.close();
  }

  return {
    async run(task, { mixed = false, ...options } = {}) {
      const crew = await crewOf(task, mixed);
      clearTimeout(crew.idle);
      crew.busy++;
      try {
        const open = (await crew.tasks).get(task.id);
        const { opened } = crew;
        if (open === undefined) throw new FileError(`${opened.path}: has no unit ${task.kind}/${task.id}`);
        if (mirror === undefined && (await open.isDone())) return 'kept';
        const again = mirror !== undefined || open.folder !== undefined; // it may come while it is waited for
        const work = async (): Promise<'made' | 'kept'> => {
          if (again && (await open.isDone())) return 'kept';
          await recorded(opened.path, task, () => crew.pool.run(open.job, options));
          return 'made';
        };
        return await inFolder(open.folder, () => (mirror === undefined ? work() : mirror.around(opened, task, work)));
      } finally {
        const key = crewKey(task, mixed);
        if (--crew.busy === 0) {
          crew.idle = setTimeout(() => void dismiss(key, crew), IDLE_MILLISECONDS);
          crew.idle.unref();
        }
      }
    },
    async close() {
      const all = await Promise.allSettled([...crews.values()]);
      crews.clear();
      for (const one of all) {
        if (one.status !== 'fulfilled') continue;
        clearTimeout(one.value.idle);
        await one.value.pool.close();
      }
    },
  };
}

/** Works with a folder as its only worker, where it needs one. */
async function inFolder<Result>(folder: string | undefined, work: () => Promise<Result>): Promise<Result> {
  if (folder === undefined) return work();
  await mkdir(folder, { recursive: true });
  const release = await lock(folder);
  return work().finally(release);
}
