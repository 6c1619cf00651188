import { join } from 'node:path';
import type { Engine } from '../../src/engine/graph/program.ts';
import { CommandError, DataError } from '../../src/ground/errors.ts';
import { quietRounds, usageNow } from './disturbance.ts';
import type { Peer } from './process.ts';
import type { Setting } from './protocol.ts';
import type { Rounds } from './ratios.ts';
import type { OpenWorkload, Workload } from './workload.ts';

/** PyTorch's settings by name. Compiled ones need a C++ compiler. */
export const settings: Readonly<Record<string, Setting>> = {
  'eager float32': { compile: false, bf16: false },
  'eager bfloat16': { compile: false, bf16: true },
  'compiled float32': { compile: true, bf16: false },
  'compiled bfloat16': { compile: true, bf16: true },
};

/** The settings that a peer on this machine can be measured at: bfloat16 only where the processor has products of it. */
export function possibleSettings(peer: Pick<Peer, 'greeting'>, features: string): string[] {
  return Object.entries(settings).flatMap(([name, { compile, bf16 }]) =>
    (compile && peer.greeting.compiler === null) || (bf16 && !/BF16|AMX/.test(features)) ? [] : [name],
  );
}

/** How a comparison is run. */
export interface CompareOptions {
  readonly rounds: number;
  readonly engine: Engine;
  readonly settings: readonly string[];
  /** A folder for what both sides read. */
  readonly folder: string;
  readonly note: (text: string) => void;
}

/** Time that one side is measured for in a round, in seconds; more where a call takes longer. */
const SPAN = 0.4;
const MOST_CALLS = 200;

/**
 * Runs both sides in alternation, we first in every round, then each of PyTorch's settings; a round's time is the least of
 * its calls. Throws DataError where the sides do not compute the same.
 */
export async function compareSides(workload: Workload, peer: Peer, options: CompareOptions): Promise<Rounds> {
  const { rounds, engine, folder, note } = options;
  const file = join(folder, 'inputs.safetensors');
  const ours = await workload.open(file, engine);
  try {
    const theirs = await prepared(workload, ours, peer, { ...options, file });
    const own = async (calls: number): Promise<number[]> => {
      const seconds: number[] = [];
      for (let call = 0; call < calls; call++) {
        const start = performance.now();
        await ours.run();
        seconds.push((performance.now() - start) / 1000);
      }
      return seconds;
    };
    const sides: Record<string, (calls: number) => Promise<number[]>> = { ours: own };
    for (const id of theirs) sides[id] = async (calls) => (await peer.ask('time', { id, calls })).seconds;
    const calls: Record<string, number> = {};
    for (const [name, run] of Object.entries(sides)) {
      const warm = Math.min(...(await run(3)));
      calls[name] = Math.max(1, Math.min(MOST_CALLS, Math.round(SPAN / warm)));
    }
    const round = async (): Promise<Record<string, number>> => {
      const least: Record<string, number> = {};
      for (const [name, run] of Object.entries(sides)) least[name] = Math.min(...(await run(calls[name] ?? 1)));
      return least;
    };
    const tried = await quietRounds(rounds, round, () => usageNow([peer.id]));
    const of = (name: string): number[] => tried.map(({ result }) => result[name] ?? Number.NaN);
    return {
      ours: of('ours'),
      theirs: Object.fromEntries(theirs.map((id) => [id, of(id)])),
      others: Math.max(...tried.map(({ others }) => others)),
    };
  } finally {
    await ours.dispose();
    await peer.ask('drop').catch((error) => note(String(error)));
  }
}

/** Prepares PyTorch's settings; gives those that work and compute what we do. */
async function prepared(
  { name, request, tolerance = 1e-3 }: Workload,
  ours: OpenWorkload,
  peer: Peer,
  { settings: wanted, file, note }: CompareOptions & { readonly file: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const id of wanted) {
    const setting = settings[id] as Setting;
    try {
      const { check, choice, seconds } = await peer.ask('prepare', { ...request, id, setting, file });
      const off = relativeDifference(ours.check, check);
      if (!(off <= (setting.bf16 ? 0.1 : tolerance)))
        throw new DataError(
          `${name}, ${id}: both sides should compute the same, they differ by ${off.toExponential(1)}`,
        );
      note(
        `${name}, ${id}: ready in ${seconds.toFixed(0)} s, differs by ${off.toExponential(0)}${choice && `, ${choice}`}`,
      );
      found.push(id);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      note(`${name}, ${id}: ${error.message}`);
    }
  }
  return found;
}

/** The largest difference of two lists of numbers, in units of the largest number; NaN where they do not match. */
export function relativeDifference(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length === 0 || ours.length !== theirs.length) return Number.NaN;
  const scale = Math.max(...ours.map(Math.abs));
  return Math.max(...ours.map((value, index) => Math.abs(value - (theirs[index] ?? Number.NaN)))) / scale;
}
