/** What killed processes leave of files they were writing. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './failure.ts';

/** The names of files that are being written, or were when their process, whose number is in them, was killed. */
const temporaryPattern = /^\..+\.(\d+)-\d+-\d+\.tmp$/;

/** The number of the process that makes a temporary file, by its name; undefined for any other file. */
export const writerOf = (name: string): number | undefined => {
  const [, pid] = temporaryPattern.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
};

/** Whether a process of this number runs here. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/**
 * Removes temporary files in a folder and those below it; in a folder that is `shared`, those of processes that run
 * are left. Links are not followed.
 */
export async function removeTemporaries(folder: string, { shared }: { readonly shared: boolean }): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const writer = writerOf(entry.name);
    if (entry.isDirectory()) await removeTemporaries(path, { shared });
    else if (writer !== undefined && !(shared && runs(writer))) await rm(path, { force: true });
  }
}
