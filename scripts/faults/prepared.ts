import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Disturbance, type Ending, fewstep } from './command.ts';
import { type Results, resultsOf } from './results.ts';

const student = [
  'name: one, method: trajectory, head: {width: 8, depth: 1}',
  'training: {steps: 40, batch: 16, learningRate: 2.0e-3, checkpointEvery: 10}',
].join(', ');
const settings = [
  'engine.workers=1',
  'trajectories.contexts=32',
  'trajectories.shardRows=8',
  `students=[{${student}}]`,
  'evaluation.steps=[1]',
  'evaluation.solvers=[euler]',
  'evaluation.samples=64',
].flatMap((setting) => ['--set', setting]);

/** Runs the smoke recipe, made tiny, in a folder. */
export const run = (cwd: string, disturbance?: Disturbance): Promise<Ending> =>
  fewstep(cwd, ['run', 'smoke.yaml', '--quiet', ...settings], disturbance);

/** A folder in which a run was done without a fault: its results, how long it took (ms), how often it changed files. */
export interface Prepared {
  readonly base: string;
  readonly whole: string;
  readonly run: string;
  readonly results: Results;
  readonly milliseconds: number;
  readonly changes: number;
}

/** A new folder with the recipe in it. */
export function emptyFolder(base: string, name: string): string {
  const folder = join(base, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  cpSync('recipes/smoke.yaml', join(folder, 'smoke.yaml'));
  return folder;
}

/** The one run in a folder, relative to it. */
export const runIn = (folder: string): string => join('runs', readdirSync(join(folder, 'runs'))[0] ?? '');

/** Makes the uninterrupted run that all others are compared with. */
export async function prepare(base: string): Promise<Prepared> {
  const whole = emptyFolder(base, 'whole');
  const count = join(base, 'changes');
  const before = performance.now();
  const { code, text } = await run(whole, { env: { FAULT_COUNT: count } });
  if (code !== 0) throw new Error(`the run without a fault ended with ${code}:\n${text}`);
  const milliseconds = Math.ceil(performance.now() - before);
  const changes = Number(readFileSync(count, 'utf8').trim());
  return { base, whole, run: runIn(whole), results: resultsOf(whole), milliseconds, changes };
}
