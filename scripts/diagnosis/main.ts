/**
 * `npm run diagnosis-study [-- --only overfit-to-cache,one-scale] [-- --seeds 1,2,3] [-- --keep <folder>]`: runs a recipe for
 * each planted fault, and healthy ones, once a seed, and says what the report's diagnosis finds in them. Every planted
 * fault must be among the findings, and a healthy run must have none; it fails otherwise.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findings } from '../../src/report/finding/table.ts';
import { readRun } from '../../src/report/read.ts';
import { summarize } from '../../src/report/summary.ts';
import { type Case, cases } from './cases.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seeds: { type: 'string' }, keep: { type: 'string' } },
});
const only = values.only?.split(',');
const seeds = (values.seeds ?? '1,2,3').split(',');
const base = values.keep === undefined ? mkdtempSync(join(tmpdir(), 'fewstep-diagnosis-')) : resolve(values.keep);
mkdirSync(base, { recursive: true });

const command = resolve('dist/command-line/main.js');
const recipeOf = ({ recipe }: Case): string => resolve('scripts/diagnosis/recipes', `${recipe}.yaml`);

/** Runs a stage of a recipe in a folder; gives the folder of the run. */
function run(cwd: string, stage: string, one: Case, settings: readonly string[]): string {
  mkdirSync(cwd, { recursive: true });
  const set = settings.flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, [command, stage, recipeOf(one), '--quiet', ...set], { cwd, stdio: 'pipe' });
  return join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] ?? 'none');
}

/** The folder of a case's evaluated run. */
async function evaluated(one: Case, seed: string): Promise<string> {
  const cwd = join(base, `${one.recipe}-${seed}`);
  const made = await one.make?.(command, join(cwd, 'made'));
  const training = made?.trained ?? one.trained;
  const seeded = [`seeds=[${seed}]`];
  const settings = [...seeded, ...(made?.evaluated ?? [])];
  if (training === undefined) return run(cwd, 'run', one, settings);
  const trained = run(join(cwd, 'trained'), 'distill', one, [...seeded, ...training]);
  const own = run(join(cwd, 'evaluated'), 'trajectories', one, settings);
  cpSync(join(trained, 'training'), join(own, 'training'), { recursive: true });
  return run(join(cwd, 'evaluated'), 'evaluate', one, settings);
}

let failed = 0;
console.log('| run | planted | found, seeds | |\n|---|---|---|---|');
for (const one of cases.filter(({ recipe }) => only?.includes(recipe) ?? true)) {
  const found = new Map<string, number>();
  let asItShould = 0;
  for (const seed of seeds) {
    const { evaluation, training } = await readRun(await evaluated(one, seed));
    const names = new Set(findings({ summary: summarize(evaluation), training }).map(({ name }) => name));
    for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
    if (one.planted.length === 0 ? names.size === 0 : one.planted.every((name) => names.has(name))) asItShould++;
  }
  if (asItShould < seeds.length) failed++;
  const list = Array.from(found, ([name, count]) => `${name} ${count}`).join(', ') || 'nothing';
  console.log(
    `| ${one.recipe} | ${one.planted.join(', ') || 'nothing'} | ${list} | ${asItShould} of ${seeds.length} |`,
  );
}
if (values.keep === undefined) rmSync(base, { recursive: true });
process.exitCode = failed > 0 ? 1 : 0;
