/** A worker's side of a store: what a unit needs is here before it is done, and what it wrote is there before it counts as done. */
import { FileError } from '../../ground/errors.ts';
import type { TaskKindName } from '../../ground/pool/executor.ts';
import type { OpenedRun } from '../opened-run.ts';
import type { Task } from '../task.ts';
import { fetchCheckpoint, watchCheckpoint } from './checkpoints.ts';
import type { Entry } from './entry.ts';
import type { Mirror } from './mirror.ts';
import { type FileSet, needsOf, runSet, startsOf, unitSet } from './sets.ts';

type Outcome = 'made' | 'kept';

/** What a runner of units calls where machines share no folder. All throw FileError. */
export interface UnitMirror {
  /** Brings a run's recipe and plan here. */
  readonly open: (run: string) => Promise<void>;
  /** Brings here what all units of a kind start from. */
  readonly prepare: (run: OpenedRun, kind: TaskKindName) => Promise<void>;
  /** Does a unit between fetching and sending. */
  readonly around: (run: OpenedRun, task: Task, work: () => Promise<Outcome>) => Promise<Outcome>;
}

/** How a worker's files are moved. */
export interface UnitMirrorOptions {
  /** Told of what was refused. */
  readonly note: (text: string) => void;
  /** Seconds between two checkpoints of a training that are sent. */
  readonly checkpointSeconds: number;
}

/** The hooks of a runner whose runs are in a store. */
export function unitMirror(mirror: Mirror, { note, checkpointSeconds }: UnitMirrorOptions): UnitMirror {
  const needed = async (run: string, set: FileSet): Promise<void> => {
    if ((await mirror.fetch(run, set)) === undefined)
      throw new FileError(
        `${mirror.shown}: has no ${set.name} of ${run}: its coordinator sends it with the same --store`,
      );
  };

  /** What the store has of a unit; nothing where that is damaged: it is made anew, and sent. */
  async function made(run: string, set: FileSet): Promise<Entry | undefined> {
    try {
      return await mirror.fetch(run, set);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      note(`${error.message}; made anew`);
      return undefined;
    }
  }

  async function sent(run: string, set: FileSet): Promise<Entry> {
    const entry = await mirror.send(run, set);
    if (entry === undefined) throw new FileError(`${run}: expected ${set.files.join(', ')} of a unit that is done`);
    return entry;
  }

  async function trained(run: OpenedRun, { kind, id }: Task, work: () => Promise<Entry>): Promise<void> {
    const before = needsOf(kind, run.plan).get(id);
    if (before !== undefined) await needed(run.name, unitSet({ kind, id: before }));
    await fetchCheckpoint(mirror, run, id);
    const watch = watchCheckpoint(mirror, run, id, { seconds: checkpointSeconds });
    const entry = await work().catch(async (error) => {
      await watch.end(undefined).catch(() => undefined); // what stopped it is what is told
      throw error;
    });
    await watch.end(entry).catch((error) => {
      if (!(error instanceof FileError)) throw error;
      note(`${error.message}; the checkpoint of ${id} stays there`);
    });
  }

  return {
    open: (run) => needed(run, runSet),
    async prepare({ name, plan }, kind) {
      const { units, stages } = startsOf(kind, plan);
      await Promise.all(units.map((set) => needed(name, set)));
      for (const { set, optional } of stages)
        if (optional) await mirror.fetch(name, set);
        else await needed(name, set);
    },
    async around(run, task, work) {
      const set = unitSet(task);
      const there = await made(run.name, set);
      let outcome: Outcome = 'kept';
      const done = async (): Promise<Entry> => {
        outcome = await work();
        return outcome === 'kept' && there !== undefined ? there : sent(run.name, set);
      };
      if (task.kind === 'students' && there === undefined) await trained(run, task, done);
      else await done();
      return outcome;
    },
  };
}
