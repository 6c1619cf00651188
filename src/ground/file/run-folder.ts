/** Where a run keeps its files: `runs/<name>-<hash>/`, a folder a stage. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from './atomic.ts';
import { fileFailure } from './failure.ts';
import { readJson, writeJson } from './json.ts';
import { removeTemporaries } from './leftovers.ts';
import { lock } from './lock.ts';
import { readOrSetAside } from './set-aside.ts';

/** The stages that keep files of their own. */
export type StageName = 'trajectories' | 'solvers' | 'training' | 'evaluation' | 'export' | 'report';

/** What a run is, for its folder. */
export interface RunIdentity {
  readonly name: string;
  /** The resolved recipe's hash. */
  readonly hash: string;
  /** The resolved recipe as YAML. */
  readonly recipe: string;
  /** Versions of what decides the bytes of a run: this package, Node, onnxruntime, the CPU's model … */
  readonly versions: Readonly<Record<string, string>>;
}

/** The folder of a run, which is this process's alone until it is released. */
export interface RunFolder {
  readonly path: string;
  /** What has changed since the run was begun, `node: v20.1.0 before, now v22.0.0`: resumed bytes may differ. */
  readonly changes: readonly string[];
  release(): Promise<void>;
}

const versionsSchema = z.record(z.string(), z.string());

/** The folder of a run under `root`. */
export const runPath = (root: string, { name, hash }: Pick<RunIdentity, 'name' | 'hash'>): string =>
  join(root, `${name}-${hash}`);

/** The folder of a stage of a run. */
export const stageFolder = (run: string, stage: StageName): string => join(run, stage);

/** The folder of one student's training in a run: its checkpoint, metrics.jsonl and weights. */
export const studentFolder = (run: string, student: string, seed: number): string =>
  join(stageFolder(run, 'training'), `${student}-seed${seed}`);

/** The differences of the versions to those that the run was begun with, which stay on record. */
async function noteVersions(path: string, versions: Readonly<Record<string, string>>): Promise<string[]> {
  const notes: string[] = [];
  const before = await readOrSetAside(
    path,
    () => readJson(path, versionsSchema),
    (text) => notes.push(text),
  );
  if (before === undefined) await writeJson(path, versionsSchema, { ...versions });
  const changed = Object.keys({ ...before, ...versions })
    .filter((name) => before !== undefined && before[name] !== versions[name])
    .map((name) => `${name}: ${before?.[name] ?? 'none'} before, now ${versions[name] ?? 'none'}`);
  return [...notes, ...changed];
}

/**
 * Makes or opens the folder of a run under `root` and takes it for this process; writes recipe.resolved.yaml and
 * versions.json into it and clears what a killed run left half-written. Throws BusyError when another process works
 * in it, FileError when it cannot be written. Where work goes on `elsewhere`, on other machines, what is being written stays.
 */
export async function openRun(
  root: string,
  { name, hash, recipe, versions }: RunIdentity,
  { elsewhere = false }: { readonly elsewhere?: boolean } = {},
): Promise<RunFolder> {
  const path = runPath(root, { name, hash });
  await mkdir(path, { recursive: true }).catch((error) => {
    throw fileFailure(path, 'written', error);
  });
  const release = await lock(path);
  try {
    await removeTemporaries(path, { writers: elsewhere ? 'anywhere' : 'none' });
    await writeAtomic(join(path, 'recipe.resolved.yaml'), recipe);
    return { path, changes: await noteVersions(join(path, 'versions.json'), versions), release };
  } catch (error) {
    await release();
    throw fileFailure(path, 'read', error);
  }
}
