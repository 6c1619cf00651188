import { chmodSync, cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fewstep, wrongEnding } from './command.ts';
import { below, type Kind } from './kind.ts';
import { emptyFolder, type Prepared, run } from './prepared.ts';
import { difference, resultsOf } from './results.ts';

/** No file may grow beyond a size; without the limit the run then ends as if nothing was. */
const limited: Kind = async (random, prepared) => {
  const folder = emptyFolder(prepared.base, 'limited');
  const blocks = 1 + below(random, 48);
  const first = await run(folder, { shell: `ulimit -f ${blocks}` });
  const stopped = first.code === 0 || first.signal === 'SIGXFSZ' ? undefined : wrongEnding(first);
  const second = await run(folder);
  const unequal = second.code === 0 ? difference(resultsOf(folder), prepared.results) : second.text.slice(-600);
  const ending = first.code === 0 ? 'within the limit' : 'stopped, resumed, equal';
  return { what: `files up to ${blocks} KiB`, ending, wrong: stopped ?? unequal };
};

function copyOf(prepared: Prepared): string {
  const folder = join(prepared.base, 'full');
  rmSync(folder, { recursive: true, force: true });
  cpSync(prepared.whole, folder, { recursive: true });
  return folder;
}

/** A report whose table goes to a device that is always full. */
const full: Kind = async (_random, prepared) => {
  const folder = copyOf(prepared);
  const table = join(folder, 'reports', 'smoke', 'results.csv');
  rmSync(table);
  symlinkSync('/dev/full', table);
  const ending = await fewstep(folder, ['report', prepared.run, '--quiet']);
  const wrong = ending.code === 0 ? 'ended with 0 though a file could not be written' : wrongEnding(ending);
  return { what: 'results.csv on /dev/full', ending: 'refused', wrong };
};

/** The standard output is a device that is always full. */
const mute: Kind = async (_random, prepared) => {
  const ending = await fewstep(copyOf(prepared), ['report', prepared.run], { output: '/dev/full' });
  return { what: 'standard output on /dev/full', ending: 'no stack', wrong: wrongEnding(ending) };
};

/** A run's folder that may not be written. */
const readOnly: Kind = async (_random, prepared) => {
  const folder = emptyFolder(prepared.base, 'locked');
  chmodSync(folder, 0o555);
  const ending = await run(folder);
  chmodSync(folder, 0o755);
  const wrong = ending.code === 0 ? 'wrote into a read-only folder' : wrongEnding(ending);
  return { what: 'a read-only folder', ending: 'refused', wrong };
};

const kinds: readonly Kind[] = [limited, full, mute, ...(process.getuid?.() === 0 ? [] : [readOnly])];

/** A disk that takes no more. */
export const disk: Kind = (random, prepared, index) =>
  (kinds[index % kinds.length] ?? limited)(random, prepared, index);
