/**
 * Mutation tests: `npm run mutants -- [--named [--only part]] [--generated 200] [--seed 1] [--slow] [--results file] [--folder copy]`.
 * Makes every mutation by hand, and generated ones, in a copy of the tree, and counts those that a test notices.
 * `--only src/distillation/method` keeps those by hand in files whose path has this part.
 * With `--results`, verdicts are kept there, and mutations that were killed before are not tried again.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coverageOf, slowTests } from './coverage.ts';
import { equivalent } from './equivalent.ts';
import { sampledMutations } from './generate.ts';
import { keyOf, lineOf, type Mutation } from './mutation.ts';
import { namedMutations } from './named.ts';
import type { Plan } from './plan.ts';
import { tryMutations, type Verdict } from './trial.ts';

const folders = [
  'distillation/method',
  'distillation/train',
  'engine/training',
  'distillation/trajectory',
  'teachers/solve',
  'distillation/student',
  'evaluation',
  'heads/solver',
];

const { values } = parseArgs({
  options: {
    named: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    generated: { type: 'string', default: '0' },
    slow: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    results: { type: 'string' },
    folder: { type: 'string', default: join(tmpdir(), `fewstep-mutants-${process.pid}`) },
  },
});

const filesIn = (folder: string, end: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .toSorted();

const sources = ['src/heads/flow.ts', ...folders.flatMap((name) => filesIn(join('src', name), '.ts'))];
const tests = [
  'test/heads/flow.test.ts',
  'test/heads/velocity.test.ts',
  'test/heads/network/graph-head.test.ts',
  'test/engine/onnx/quantize-step.test.ts',
  'test/engine/onnx-graph/hidden-weights.test.ts',
  'test/teachers/backbone/staged.test.ts',
  'test/teachers/image/images.test.ts',
  'test/distillation/recipe/resolve.test.ts',
  'test/tasks/plan.test.ts',
  'test/tasks/runner.test.ts',
  'test/tasks/queue/texts.test.ts',
  'test/tasks/inputs.test.ts',
  ...['executor', 'hooks', 'hostile', 'mirror'].map((name) => `test/tasks/store/${name}.test.ts`),
].concat(folders.flatMap((name) => filesIn(join('test', name), '.test.ts')));
const testsOf = coverageOf(tests.filter((test) => values.slow || !slowTests.has(test)));

function isEquivalent(mutation: Mutation): boolean {
  const source = readFileSync(mutation.file, 'utf8');
  const line = source.split('\n')[lineOf(source, mutation) - 1]?.trim();
  const { file, text, replacement } = mutation;
  return equivalent.some(
    (known) => known.file === file && known.line === line && known.text === text && known.replacement === replacement,
  );
}

const planned = (mutations: readonly Mutation[]): Plan =>
  mutations.map((mutation) => ({
    ...mutation,
    key: keyOf(readFileSync(mutation.file, 'utf8'), mutation),
    tests: testsOf(mutation.file),
  }));

/** With a control after every eighth: no change, to be noticed by none of the short tests of its file. */
const withControls = (plan: Plan): Plan =>
  plan.flatMap((mutation, place) => {
    if (place % 8 !== 7) return [mutation];
    const { file, text } = mutation;
    const control = { ...mutation, replacement: text, key: `${file}: unchanged ${place}`, what: 'control' };
    return [mutation, { ...control, tests: testsOf(file).filter((test) => !slowTests.has(test)) }];
  });

type Results = Record<string, Verdict>;

const before: Results =
  values.results !== undefined && existsSync(values.results) ? JSON.parse(readFileSync(values.results, 'utf8')) : {};

async function tried(title: string, mutations: readonly Mutation[]): Promise<number> {
  const plan = planned(mutations.filter((mutation) => !isEquivalent(mutation)));
  const open = withControls(plan.filter(({ key }) => before[key]?.fate !== 'killed'));
  const verdicts = await tryMutations(open, values.folder);
  for (const [index, { key }] of open.entries()) before[key] = verdicts[index] ?? { fate: 'survived' };
  if (values.results !== undefined) writeFileSync(values.results, `${JSON.stringify(before, undefined, 1)}\n`);
  const controls = open.filter(({ what }) => what === 'control');
  const odd = controls.filter(({ key }) => before[key]?.fate !== 'survived');
  for (const { key } of odd) console.log(`fails without a change: ${key} (${before[key]?.by})`);
  console.log(`${title}: ${odd.length} of ${controls.length} controls fail`);
  if (odd.length > 0) process.exitCode = 1;
  const alive = plan.filter(({ key }) => before[key]?.fate !== 'killed');
  for (const { key, what } of alive) console.log(`${before[key]?.fate}: ${key} (${what})`);
  console.log(`${title}: ${plan.length - alive.length} of ${plan.length} killed`);
  return alive.length;
}

const asked = namedMutations().filter(({ file }) => file.includes(values.only));
if (values.named && (await tried('named', asked)) > 0) process.exitCode = 1;
const count = Number(values.generated);
if (count > 0) await tried('generated', sampledMutations(sources, count, Number(values.seed)));
