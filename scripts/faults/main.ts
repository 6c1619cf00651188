/**
 * Faults: `npm run faults -- [--seed 1] [--cases n] [--only kills|damage|hostile|disk] [--short] [--json file]`.
 * Kills runs, damages their files, feeds hostile files to the readers and fills disks; each case is drawn from the seed
 * and its number alone. Ends with 1 where a result differs, a stack is shown or a reader takes too long.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stream } from '../../src/ground/random/philox.ts';
import { damage } from './damage.ts';
import { disk } from './disk.ts';
import { hostile } from './hostile.ts';
import { kill } from './kills.ts';
import type { Finding, Kind } from './kind.ts';
import { type Prepared, prepare } from './prepared.ts';

interface Plan {
  readonly kind: Kind;
  readonly cases: number;
  /** Cases of the part that every check runs. */
  readonly short: number;
}

const plans: Readonly<Record<string, Plan>> = {
  hostile: { kind: hostile, cases: 2000, short: 200 },
  kills: { kind: kill, cases: 30, short: 2 },
  damage: { kind: damage, cases: 60, short: 4 },
  disk: { kind: disk, cases: 9, short: 2 },
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const seed = Number(values.seed);

/** All cases of a kind; what is wrong is printed at once, with what repeats it. */
async function tried(name: string, { kind, cases, short }: Plan, prepared: Prepared): Promise<readonly Finding[]> {
  const count = Number(values.cases ?? (values.short ? short : cases));
  const findings: Finding[] = [];
  for (let index = 0; index < count; index++) {
    const finding = await kind(stream('faults', name, seed, index), prepared, index);
    findings.push(finding);
    if (finding.wrong !== undefined)
      console.log(`${name}, seed ${seed}, case ${index}, ${finding.what}: ${finding.wrong}`);
  }
  return findings;
}

function endings(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { ending } of findings) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  return [...counts].map(([ending, count]) => `${count} ${ending}`).join(', ');
}

const chosen = Object.entries(plans).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0)
  throw new Error(`--only: expected one of ${Object.keys(plans).join(', ')}, got ${values.only}`);

const base = mkdtempSync(join(tmpdir(), 'fewstep-faults-'));
/** Readers in this process need no run to compare with. */
const noRun: Prepared = { base, whole: '', run: '', results: {}, milliseconds: 0, changes: 0 };
const started = performance.now();
let passed = 0;
let failed = 0;
try {
  const prepared = values.only === 'hostile' ? noRun : await prepare(base);
  console.log('| faults | cases | as they should | how they ended |\n|---|---|---|---|');
  for (const [name, plan] of chosen) {
    const findings = await tried(name, plan, prepared);
    const right = findings.filter(({ wrong }) => wrong === undefined).length;
    passed += right;
    failed += findings.length - right;
    console.log(`| ${name} | ${findings.length} | ${right} | ${endings(findings)} |`);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(`seed ${seed}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
const counts = { numPassedTests: passed, numFailedTests: failed, numFailedTestSuites: 0 };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(counts)}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
