/** Tries mutations in a copy of the tree: never in the checkout. */
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { driverName, type Event, type Fate, lineOfEvent, type Plan, readJournal, trialFiles } from './plan.ts';

const copied = ['src', 'test', 'scripts', 'recipes', 'teachers', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

/** What a hanging test leaves mutated, and where it is kept as it was. */
const changed = ['src', 'test'];
const pristine = 'mutants-pristine';

/** Copies what tests need into a folder; the packages are shared. */
function makeCopy(folder: string): void {
  for (const name of copied) cpSync(name, join(folder, name), { recursive: true });
  for (const name of changed) cpSync(name, join(folder, pristine, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
}

/** A test that runs so long without an end hangs. */
const HANGS = 120_000; // ms

/** Runs vitest until it ends or hangs; says which. */
async function runVitest(folder: string, journal: string): Promise<'ended' | 'hung'> {
  utimesSync(journal, new Date(), new Date()); // an earlier one may have hung, and time counts from here
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'scripts/mutants/vitest.config.ts', '--root', '.'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true, // a group of its own, so that its workers end with it
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CI: '1' },
  });
  let hung = false;
  const watch = setInterval(() => {
    if (child.pid === undefined || Date.now() - statSync(journal).mtimeMs < HANGS) return;
    hung = true;
    process.kill(-child.pid, 'SIGKILL');
  }, 1000);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  return hung ? 'hung' : 'ended';
}

/** What became of each mutation, and the first test that failed. */
export interface Verdict {
  readonly fate: Fate;
  readonly by?: string;
}

/** Tries every mutation of a plan. */
export async function tryMutations(plan: Plan, folder: string): Promise<Verdict[]> {
  if (plan.length === 0) return [];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  makeCopy(folder);
  const journal = join(folder, trialFiles.journal);
  writeFileSync(journal, '');
  writeFileSync(join(folder, trialFiles.plan), JSON.stringify(plan));
  const hung = new Set<number>();
  const broken = new Set<number>();
  for (let first = 0; first < plan.length; ) {
    writeDrivers(plan, first, folder);
    const how = await runVitest(folder, journal);
    const { mutant, test } = readJournal(journal).at(-1) ?? { mutant: first, test: '' };
    if (mutant === plan.length) break;
    for (const name of changed) cpSync(join(folder, pristine, name), join(folder, name), { recursive: true });
    const again = how === 'ended' && !broken.has(mutant); // the process broke: in a fresh one it may not
    if (how === 'hung') hung.add(mutant);
    else if (again) broken.add(mutant);
    else appendFileSync(journal, lineOfEvent({ mutant, test, failed: 'its process ended twice' }));
    first = again ? mutant : mutant + 1;
  }
  return verdicts(plan, readJournal(journal), hung);
}

function writeDrivers(plan: Plan, first: number, folder: string): void {
  const drivers = join(folder, trialFiles.drivers);
  rmSync(drivers, { recursive: true, force: true });
  mkdirSync(drivers);
  for (const [mutant, { tests }] of plan.entries())
    if (mutant >= first) for (const place of tests.keys()) writeFileSync(join(drivers, driverName(mutant, place)), '');
  writeFileSync(join(drivers, driverName(plan.length, 0)), ''); // tells that all were tried
}

function verdicts(plan: Plan, events: readonly Event[], hung: ReadonlySet<number>): Verdict[] {
  return plan.map((_, mutant): Verdict => {
    const kill = events.find((event) => event.mutant === mutant && event.failed !== undefined);
    if (kill !== undefined) return { fate: 'killed', by: `${kill.test}: ${kill.failed}` };
    return { fate: hung.has(mutant) ? 'timed out' : 'survived' };
  });
}
