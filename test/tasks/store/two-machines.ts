/** Folders of runs that share nothing but a store in a third folder, as two machines have them. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OpenedRun } from '../../../src/tasks/opened-run.ts';
import { planOf, type RunPlan } from '../../../src/tasks/plan.ts';
import { type Mirror, mirrorOf } from '../../../src/tasks/store/mirror.ts';
import type { RunStore } from '../../../src/tasks/store/store.ts';
import { openStore } from '../../../src/tasks/store/table.ts';
import { unitMirror } from '../../../src/tasks/store/unit-mirror.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { smallRecipe } from '../../small-recipe.ts';

/** A run's name. */
export const run = 'small-0123456789ab';

/** A machine: its folder of runs, the run's folder in it, its mirror and what this said. */
export interface Machine {
  readonly runs: string;
  readonly path: string;
  readonly mirror: Mirror;
  readonly notes: string[];
}

/** Two machines and their store. */
export interface TwoMachines {
  readonly one: Machine;
  readonly other: Machine;
  /** The store's folder. */
  readonly root: string;
  readonly store: RunStore;
  readonly remove: () => Promise<void>;
}

/** Makes them in a temporary folder. */
export async function twoMachines(): Promise<TwoMachines> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-store-'));
  const root = join(folder, 'store');
  await mkdir(root);
  const { signal } = new AbortController();
  const store = await openStore(root, signal);
  const machine = async (name: string): Promise<Machine> => {
    const runs = join(folder, name, 'runs');
    await mkdir(runs, { recursive: true });
    const notes: string[] = [];
    const mirror = mirrorOf(store, { runs, note: (text) => notes.push(text), signal });
    return { runs, path: join(runs, run), mirror, notes };
  };
  return {
    one: await machine('one'),
    other: await machine('other'),
    ...{ root, store, remove: () => rm(folder, { recursive: true }) },
  };
}

/** A run of two students, of which the second starts from the first. */
const recipe = smallRecipe(
  'students=[{name: one, method: trajectory, training: {steps: 9, batch: 16}}, {name: two, method: trajectory, init: one, training: {steps: 9, batch: 16}}]',
);
const place = '0123456789abcdef';
export const plan: RunPlan = { place, ...planOf(recipe, run, {}, { mixed: false }) };

/** The run as a machine opens it. */
export const openedOn = ({ path }: Machine): OpenedRun => ({ name: run, path, recipe, plan });

/** Writes a file of the run. */
export async function write({ path }: Pick<Machine, 'path'>, name: string, text = name): Promise<void> {
  await mkdir(dirname(join(path, name)), { recursive: true });
  await writeFile(join(path, name), text);
}

/** The hooks of a machine's runner. */
export const unitsOf = (machine: Machine, checkpointSeconds = 60) =>
  unitMirror(machine.mirror, { note: (text) => machine.notes.push(text), checkpointSeconds });

/** A unit, and the file that it writes. */
export const shard: Task = { run, place, kind: 'trajectories', id: 'shard-00000' };
export const shardFile = 'trajectories/shard-00000.safetensors';

/** Work that is done where its file is there. */
export const working =
  (machine: Machine, name: string, text = name) =>
  async () => {
    if (existsSync(join(machine.path, name)) && (await readFile(join(machine.path, name), 'utf8')) === text)
      return 'kept';
    await write(machine, name, text);
    return 'made';
  };
