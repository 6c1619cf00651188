/** Whether other programs ran meanwhile: they slow both sides, and not equally. By Linux's /proc; elsewhere nothing is known. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Seconds of processor time since some start: of all programs, and of some. */
export interface Usage {
  readonly wall: number;
  readonly all: number;
  readonly own: number;
}

/** Ticks a second of /proc, on all Linux machines that Node runs on. */
const TICKS = 100;

/** The usage now, of this process and of others by their numbers; undefined where /proc does not tell. */
export function usageNow(processes: readonly number[]): Usage | undefined {
  try {
    const all = busyTicks(readFileSync('/proc/stat', 'utf8')) / TICKS;
    const { user, system } = process.cpuUsage();
    const others = processes.map((id) => processTicks(readFileSync(`/proc/${id}/stat`, 'utf8')) / TICKS);
    return { wall: performance.now() / 1000, all, own: others.reduce((a, b) => a + b, (user + system) / 1e6) };
  } catch {
    return undefined;
  }
}

/** Ticks that all processors were busy: user, nice, system, irq, softirq and steal of the first line of /proc/stat. */
export function busyTicks(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = numbers(stat.split('\n')[0]?.slice(3));
  return user + nice + system + irq + softirq + steal;
}

/** Ticks of a process, of the text of /proc/<id>/stat: its name, in brackets, may hold anything. */
export function processTicks(stat: string): number {
  const [user = 0, system = 0] = numbers(
    stat
      .slice(stat.lastIndexOf(')') + 1)
      .split(/\s+/)
      .slice(12, 14)
      .join(' '),
  );
  return user + system;
}

const numbers = (text = ''): number[] => text.trim().split(/\s+/).map(Number);

/** The share of the machine that others took between two moments, 0–1; 0 where nothing is known. */
export function takenByOthers(before: Usage | undefined, after: Usage | undefined): number {
  if (before === undefined || after === undefined) return 0;
  const others = after.all - before.all - (after.own - before.own);
  return Math.max(0, others / ((after.wall - before.wall) * availableParallelism()));
}

/** From this share on a round is disturbed. */
const DISTURBED = 0.08;
/** Rounds that are tried for each that is wanted. */
const TRIES = 3;

/** A round's result, and what others took of the machine meanwhile. */
export interface Tried<Result> {
  readonly result: Result;
  readonly others: number;
}

/**
 * Rounds that others did not disturb; where there are too few of these in three times as many as are wanted, the least
 * disturbed ones, in their order.
 */
export async function quietRounds<Result>(
  wanted: number,
  round: () => Promise<Result>,
  usage: () => Usage | undefined,
): Promise<readonly Tried<Result>[]> {
  const tried: Tried<Result>[] = [];
  const quiet = (): Tried<Result>[] => tried.filter(({ others }) => others < DISTURBED);
  while (quiet().length < wanted && tried.length < TRIES * wanted) {
    const before = usage();
    const result = await round();
    tried.push({ result, others: takenByOthers(before, usage()) });
  }
  const least = new Set([...tried].sort((a, b) => a.others - b.others).slice(0, wanted));
  return tried.filter((one) => least.has(one));
}
