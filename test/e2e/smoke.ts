import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** A fresh clone of the committed tree in which the smoke recipe was run, as the README says. */
export interface SmokeRun {
  readonly folder: string;
  /** What the run printed. */
  readonly printed: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    smoke: SmokeRun;
  }
}

/** Clones, installs and runs the smoke recipe, once for all end-to-end tests. */
export default function setup(project: TestProject): () => void {
  const parent = mkdtempSync(join(tmpdir(), 'fewstep-e2e-'));
  const folder = join(parent, 'clone');
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  execFileSync('git', ['clone', '--quiet', checkout, folder]);
  run('npm', 'ci', '--silent');
  project.provide('smoke', {
    folder,
    printed: run('npm', 'run', '--silent', 'fewstep', '--', 'run', 'recipes/smoke.yaml'),
  });
  return () => rmSync(parent, { recursive: true, force: true });
}
