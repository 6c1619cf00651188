/** The coordinator's side of a store: workers find there what units start from, and what they wrote comes here before the stage goes on. */
import { join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import type { Executor, TaskKind, TaskKindName } from '../../ground/pool/executor.ts';
import { allBy, type Pool, type PoolOptions, type RunOptions } from '../../ground/pool/pool.ts';
import { readPlan } from '../plan.ts';
import type { Mirror } from './mirror.ts';
import { needsOf, runSet, startsOf, unitSet } from './sets.ts';

/** How often a unit is asked for that is told done and of which the store has nothing. */
const TRIES = 3;

/** What a coordinator mirrors. */
export interface MirroredRun {
  /** The folder of runs, and the run's name. */
  readonly runs: string;
  readonly run: string;
}

/** An executor whose workers share no folder with this process. */
export function mirroredExecutor(inner: Executor, mirror: Mirror, of: MirroredRun): Executor {
  return { open: (kind, options) => mirrored(inner, mirror, of, kind, options) };
}

function mirrored<Job, Message>(
  inner: Executor,
  mirror: Mirror,
  of: MirroredRun,
  kind: TaskKind<Job, Message>,
  options: PoolOptions,
): Pool<Job, void, Message> {
  const pool = inner.open(kind, options);
  const published = publish(mirror, of, kind.name);
  published.catch(() => undefined); // awaited by each unit
  const one = async (job: Job, how: RunOptions<Message> = {}): Promise<void> => {
    await published;
    const set = unitSet({ kind: kind.name, id: kind.idOf(job) });
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      await pool.run(job, how);
      if ((await mirror.fetch(of.run, set)) !== undefined) return;
    }
    throw new FileError(
      `${set.name}: is told done, but ${mirror.shown} has nothing of it: do all workers have this --store?`,
    );
  };
  return { ...pool, run: one, all: allBy(one) };
}

/** Sends what units of a kind start from, as far as the store has it not: this process may have made it before. */
async function publish(mirror: Mirror, { runs, run }: MirroredRun, kind: TaskKindName): Promise<void> {
  const plan = await readPlan(join(runs, run));
  if ((await mirror.send(run, runSet)) === undefined)
    throw new FileError(`${join(runs, run)}: expected ${runSet.files.join(', ')}`);
  const { units, stages } = startsOf(kind, plan);
  for (const { set } of stages) await mirror.send(run, set);
  const earlier = [...needsOf(kind, plan).values()].map((id) => unitSet({ kind, id })); // those that are done
  const wanted = [...units, ...earlier];
  const there = new Set<string>();
  for (const start of new Set(wanted.map(({ name }) => name.replace(/\/.*/, ''))))
    for (const name of await mirror.names(run, start)) there.add(name);
  await Promise.all(wanted.filter(({ name }) => !there.has(name)).map((set) => mirror.send(run, set)));
}
