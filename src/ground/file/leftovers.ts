/** What killed processes leave of files they were writing. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './failure.ts';

/** The names of files that are being written, or were when their process, whose number is in them, was killed. */
const temporaryPattern = /^\..+\.(\d+)-\d+-\d+(?:-[0-9a-f]{8})?\.tmp$/;

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

/** What of a file that is being written on another machine is taken for left behind: an hour old. */
const OLD_MILLISECONDS = 3_600_000;

/** Which temporary files stay, by whose they may be: nobody's, those of processes that run here, new ones of any machine's. */
export type Writers = 'none' | 'here' | 'anywhere';

const stays: Readonly<Record<Writers, (path: string, writer: number) => boolean | Promise<boolean>>> = {
  none: () => false,
  here: (_, writer) => runs(writer),
  anywhere: async (path) => Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) < OLD_MILLISECONDS,
};

/** Removes temporary files in a folder and those below it but for those that others may be writing. Links are not followed. */
export async function removeTemporaries(folder: string, { writers }: { readonly writers: Writers }): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const writer = writerOf(entry.name);
    if (entry.isDirectory()) await removeTemporaries(path, { writers });
    else if (writer !== undefined && !(await stays[writers](path, writer))) await rm(path, { force: true });
  }
}
