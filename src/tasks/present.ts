/** Which units of a plan have their output: what is done, at a glance; the run itself looks whether it is whole. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileFailure, systemCode } from '../ground/file/failure.ts';
import type { TaskKindName } from '../ground/pool/executor.ts';
import type { RunPlan } from './plan.ts';

type Group = RunPlan['groups'][number];

/** The names of the units whose output is there, by kind. Throws FileError where a folder cannot be read. */
export async function presentUnits(run: string, { groups }: Pick<RunPlan, 'groups'>) {
  const present = new Map<TaskKindName, ReadonlySet<string>>();
  for (const group of groups) present.set(group.kind, await presentOf(run, group));
  return present;
}

/** Each folder is listed once: a run may have 100,000 units. */
async function presentOf(run: string, { writes, units }: Group): Promise<ReadonlySet<string>> {
  const listed = new Map<string, ReadonlySet<string>>();
  const present = new Set<string>();
  for (const id of units) {
    const path = writes.replace('{id}', id);
    const folder = dirname(path);
    const names = listed.get(folder) ?? (await namesIn(join(run, folder)));
    listed.set(folder, names);
    if (names.has(path.slice(folder.length + 1))) present.add(id);
  }
  return present;
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Set();
    throw fileFailure(folder, 'read', error);
  }
}
