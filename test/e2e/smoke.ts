import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** A fresh clone of the committed tree in which the smoke recipe was run, as the README says. */
export interface SmokeRun {
  readonly folder: string;
  /** What the run printed. */
  readonly printed: string;
}

let done: SmokeRun | undefined;

/** Clones, installs and runs the smoke recipe, once for all end-to-end tests of a process. */
export function smokeRun(): SmokeRun {
  if (done !== undefined) return done;
  const folder = join(mkdtempSync(join(tmpdir(), 'fewstep-e2e-')), 'clone');
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('git', ['clone', '--quiet', checkout, folder]);
  run('npm', 'ci', '--silent');
  done = { folder, printed: run('npm', 'run', '--silent', 'fewstep', '--', 'run', 'recipes/smoke.yaml') };
  return done;
}
