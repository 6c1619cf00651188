/** `npm run bench -- --peers`: the same work here and in PyTorch, in alternation. Options in bench/peers/README.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuEngine } from '../../src/engine/graph/program.ts';
import { exitCodes, FlowError, UsageError } from '../../src/ground/errors.ts';
import type { Estimate } from '../../src/ground/estimate.ts';
import { versions } from '../../src/ground/versions.ts';
import { type CompareOptions, compareSides, possibleSettings, settings } from './compare.ts';
import { comparedHeads, type HeadName } from './heads.ts';
import { latencyWorkload } from './latency.ts';
import { machineFeatures } from './machine.ts';
import { openPeer, type Peer } from './process.ts';
import { markdown, ratioHeader, ratioRow, sumOfRounds } from './ratios.ts';
import { compareRecipe } from './recipe.ts';
import { solveWorkload } from './solve.ts';
import { trainingWorkload } from './training.ts';
import type { Comparison } from './workload.ts';

/** What a comparison may be told, as the command line has it. */
export interface PeerOptions {
  readonly threads: number;
  readonly python?: string | undefined;
  readonly rounds?: string | undefined;
  /** Parts, heads, draws a context, batches and settings, separated by commas; all unless given. */
  readonly only?: string | undefined;
  readonly heads?: string | undefined;
  readonly draws?: string | undefined;
  readonly batches?: string | undefined;
  readonly settings?: string | undefined;
}

/** What workloads differ in. */
interface ComparedSizes {
  readonly heads: readonly HeadName[];
  /** K: noise draws a context. */
  readonly draws: readonly number[];
  /** Of a student's calls. */
  readonly batches: readonly number[];
}

const SAMPLES = 1024;
const SOLVE_STEPS = 8;
const STUDENT_STEPS = 4;

/** Ours. */
const precisions = ['float32', 'int8'] as const;

/** The comparisons by the name of their part. */
const parts = {
  training: ({ heads, draws }) => ({
    title: `a training step of ${SAMPLES} samples, AdamW, clipping and average included`,
    unit: 'samples/s',
    show: (seconds) => (SAMPLES / seconds).toFixed(0),
    workloads: heads.flatMap((head) =>
      draws.flatMap((k) =>
        precisions.map((precision) => trainingWorkload(head, { samples: SAMPLES, draws: k, precision })),
      ),
    ),
  }),
  solve: ({ heads, draws }) => ({
    title: `a teacher's solve, ${SOLVE_STEPS} guided Euler steps, ${SAMPLES} samples`,
    unit: 'tokens·NFE/s',
    show: (seconds) => ((SAMPLES * SOLVE_STEPS * 2) / seconds).toFixed(0),
    workloads: heads.flatMap((head) =>
      draws.flatMap((k) =>
        precisions.map((precision) =>
          solveWorkload(head, { samples: SAMPLES, draws: k, steps: SOLVE_STEPS, precision }),
        ),
      ),
    ),
  }),
  latency: ({ heads, batches }) => ({
    title: `a call of a ${STUDENT_STEPS}-step student, exported`,
    unit: 'ms',
    show: (seconds) => (1000 * seconds).toFixed(2),
    workloads: heads.flatMap((head) =>
      batches.flatMap((batch) =>
        precisions.map((precision) => latencyWorkload(head, { batch, steps: STUDENT_STEPS, precision })),
      ),
    ),
  }),
} as const satisfies Record<string, (sizes: ComparedSizes) => Comparison>;

/** Names of a list, each one known. */
function chosen(option: string, text: string | undefined, known: readonly string[]): string[] {
  const names = text?.split(',') ?? [...known];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--${option}: expected some of ${known.join(', ')}, got ${unknown}`);
  return names;
}

/** A whole number from 1 on. */
function counted(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${option}: expected a whole number from 1, got ${text}`);
  return value;
}

/** Compares and prints; gives the exit code. What a user can act on is told in one line. */
export async function peers(options: PeerOptions): Promise<number> {
  try {
    await comparePeers(options);
    return 0;
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    console.error(error.message);
    return exitCodes[error.code];
  }
}

async function comparePeers(options: PeerOptions): Promise<void> {
  const { threads, python = 'python3' } = options;
  const rounds = counted('rounds', options.rounds ?? '5');
  const only = chosen('only', options.only, [...Object.keys(parts), 'recipe']) as (keyof typeof parts | 'recipe')[];
  const heads = chosen('heads', options.heads, Object.keys(comparedHeads)) as HeadName[];
  const numbers = (option: 'draws' | 'batches', usual: string): number[] =>
    (options[option] ?? usual).split(',').map((text) => counted(option, text));
  const compared = { heads, draws: numbers('draws', '1,4,8'), batches: numbers('batches', '1,256') };
  const wanted = chosen('settings', options.settings, Object.keys(settings));
  const peer = await openPeer({ python, threads });
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-peers-'));
  try {
    const features = machineFeatures();
    const possible = possibleSettings(peer, features).filter((name) => wanted.includes(name));
    console.log(description(peer.greeting, features, threads, rounds));
    if (peer.greeting.compiler === null) console.log('no C++ compiler: torch.compile is not measured');
    const note = (text: string): void => console.error(text);
    const how = { rounds, engine: cpuEngine(threads), settings: possible, folder, note };
    for (const part of only)
      console.log(
        part === 'recipe' ? await recipeText(peer, how) : await workloadsText(parts[part](compared), peer, how),
      );
  } finally {
    await peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The table of some workloads. */
async function workloadsText(
  { title, unit, show, workloads }: Comparison,
  peer: Peer,
  how: CompareOptions,
): Promise<string> {
  const rows = [ratioHeader(unit)];
  for (const workload of workloads) {
    rows.push(ratioRow(workload.name, await compareSides(workload, peer, how), show));
    how.note(rows.at(-1)?.join(' | ') ?? '');
  }
  return `\n${title}\n\n${markdown(rows)}`;
}

/** The tables of the whole recipe: times of its stages and of all of them, and how good both sides' images are. */
async function recipeText(peer: Peer, how: CompareOptions): Promise<string> {
  const { seconds, distances } = await compareRecipe(peer, how);
  const show = (value: number): string => value.toFixed(1);
  const times = Object.entries(seconds).flatMap(([precision, of]) => {
    const stages = Object.entries(of);
    const whole = stages.map(([, rounds]) => rounds).reduce(sumOfRounds);
    return [...stages, ['all', whole] as const].map(([name, rounds]) =>
      ratioRow(`${name}, ${precision}`, rounds, show),
    );
  });
  const interval = ({ value, low, high }: Estimate): string =>
    `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const quality = distances.map(({ row, ours, theirs }) => [
    ...[
      row,
      interval(ours.float32),
      interval(ours.int8),
      ...how.settings.map((id) => (theirs[id] ? interval(theirs[id]) : '–')),
    ],
  ]);
  return [
    '\nrecipes/digits.yaml, stage by stage',
    markdown([ratioHeader('s'), ...times]),
    'Fréchet distance of the images to real ones [95 %]',
    markdown([['row', 'ours', 'ours, int8', ...how.settings], ...quality]),
  ].join('\n\n');
}

function description(
  { torch, capability }: { readonly torch: string; readonly capability: string },
  features: string,
  threads: number,
  rounds: number,
): string {
  const { node, onnxruntime } = versions();
  const machine = `${cpus()[0]?.model ?? 'unknown processor'} (${features})`;
  const here = `node ${node} with onnxruntime ${onnxruntime}`;
  return [
    ...[new Date().toISOString().slice(0, 10), machine, `${threads} threads`, here],
    ...[`PyTorch ${torch} with ${capability}`, `${rounds} rounds in alternation`],
  ].join(' · ');
}
