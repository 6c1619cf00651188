import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError, UsageError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { lock } from '../../ground/file/lock.ts';
import { isUnfinished, listRuns, type RunState } from './state.ts';
import { runsFolder } from './text.ts';

const removedPattern = /^\..+\.removed$/;

/** The runs that words name: folders in `runs/`, with or without it. Throws FileError on anything else. */
export async function namedRuns(words: readonly string[]): Promise<RunState[]> {
  const all = await listRuns();
  const named = words.map((word) => {
    const inside = dirname(word) === '.' ? join(runsFolder, word) : word;
    const run = all.find(({ path }) => resolve(path) === resolve(inside));
    if (run === undefined)
      throw new FileError(`${word}: expected the folder of a run in ${runsFolder}/; \`fewstep runs\` lists them`);
    return run;
  });
  return all.filter((run) => named.includes(run));
}

/**
 * Removes a run's folder, taken first so that no other process works in it: it is moved out of sight at once, so that
 * what a kill leaves is no run. Throws BusyError where the run is in use.
 */
export async function removeRun({ path }: Pick<RunState, 'path'>): Promise<void> {
  const release = await lock(path);
  const gone = join(dirname(path), `.${basename(path)}.removed`);
  try {
    await rm(gone, { recursive: true, force: true });
    await rename(path, gone);
  } catch (error) {
    await release();
    throw fileFailure(path, 'removed', error);
  }
  await rm(gone, { recursive: true, force: true });
}

/** Removes what killed removals left. */
export async function clearRemoved(): Promise<void> {
  for (const name of await readdir(runsFolder).catch(() => []))
    if (removedPattern.test(name) && (await lstat(join(runsFolder, name))).isDirectory())
      await rm(join(runsFolder, name), { recursive: true, force: true });
}

/** Which runs `prune` takes: those that are not finished, those older than some days, or those that are both. */
export interface PruneChoice {
  readonly unfinished?: boolean;
  readonly olderThan?: number;
}

/** The runs that a choice takes; never one that is in use. Throws UsageError where nothing is chosen. */
export function prunable(
  runs: readonly RunState[],
  { unfinished = false, olderThan }: PruneChoice,
  now = Date.now(),
): RunState[] {
  if (!unfinished && olderThan === undefined)
    throw new UsageError('runs prune: expected --unfinished, --older-than <days> or both');
  const before = now - (olderThan ?? 0) * 86_400_000;
  return runs.filter(
    (run) => !run.inUse && (!unfinished || isUnfinished(run)) && (olderThan === undefined || run.changed < before),
  );
}
