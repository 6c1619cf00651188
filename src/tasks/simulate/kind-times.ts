/** How long the units of a kind take, as those say that were measured. */
import { median } from '../../ground/median.ts';
import { sumOf } from '../../ground/sum.ts';

/** A unit that was measured. Times in seconds. */
export interface MeasuredUnit {
  readonly id: string;
  readonly worker: string;
  /** When it was begun, from any beginning. */
  readonly since: number;
  readonly seconds: number;
  /** What it computed, in head forwards or in whatever else its time follows from. */
  readonly work: number;
  /** Of these seconds, what any unit of the kind takes before it works, where its output tells. */
  readonly start?: number;
}

/** What the units of a kind take. */
export interface KindTimes {
  /** What a worker's first unit takes more. */
  readonly start: number;
  /** A unit of some work: `base + each · work`. */
  readonly base: number;
  readonly each: number;
  /** The standard deviation of the logarithm of a unit's time about that. */
  readonly spread: number;
  readonly measured: number;
  /** The measured units themselves, without what a first one takes more. */
  readonly units: ReadonlyMap<string, Pick<MeasuredUnit, 'seconds' | 'work'>>;
}

/** Fewer units than these do not tell how much they scatter: more is assumed. */
const FEW = 8;
const FEW_SPREAD = 0.1;

/** Works that differ by less are equal, for a line through them. */
const EQUAL = 1.2;

/** The times of a kind by its measured units, at least one. `proportional` where nothing but work takes time. */
export function kindTimes(
  all: readonly MeasuredUnit[],
  { proportional = false }: { readonly proportional?: boolean } = {},
): KindTimes {
  const told = all.flatMap(({ start }) => (start === undefined ? [] : [start]));
  const firsts: ReadonlySet<MeasuredUnit> = told.length > 0 ? new Set() : firstUnits(all);
  const later = firsts.size < all.length ? all.filter((unit) => !firsts.has(unit)) : all;
  const fixed = told.length > 0 ? median(told) : 0;
  const working = later.map((unit) => ({ ...unit, seconds: Math.max(1e-6, unit.seconds - (unit.start ?? 0)) }));
  const line = proportional || told.length > 0 ? throughOrigin(working) : lineOf(working);
  const expected = ({ work }: Pick<MeasuredUnit, 'work'>): number => line.base + line.each * work;
  const extra = later === all ? [] : [...firsts].map((unit) => unit.seconds - expected(unit));
  const start = extra.length > 0 ? Math.max(0, median(extra)) : 0;
  const units = all.map((unit) => {
    const seconds = unit.seconds - (firsts.has(unit) && later !== all ? start : (unit.start ?? 0));
    return [unit.id, { work: unit.work, seconds: fixed + Math.max(seconds, 0.1 * expected(unit)) }] as const;
  });
  return {
    ...{ start, base: line.base + fixed, each: line.each, measured: all.length, units: new Map(units) },
    spread: spreadOf(working.map((unit) => Math.log(unit.seconds / Math.max(1e-9, expected(unit))))),
  };
}

/** The units with which each worker began: so many as it did at a time. None where a worker did no more than these. */
function firstUnits(all: readonly MeasuredUnit[]): ReadonlySet<MeasuredUnit> {
  const firsts = new Set<MeasuredUnit>();
  for (const worker of new Set(all.map((unit) => unit.worker))) {
    const own = all.filter((unit) => unit.worker === worker).sort((a, b) => a.since - b.since);
    const slots = mostAtOnce(own);
    for (const unit of own.slice(0, slots)) firsts.add(unit);
  }
  return firsts;
}

/** How many units were under way at once at most; one that begins as another ends is after it. */
function mostAtOnce(units: readonly MeasuredUnit[]): number {
  const changes = units.flatMap(({ since, seconds }) => [[since, 1] as const, [since + seconds, -1] as const]);
  changes.sort(([one, begun], [other, ended]) => one - other || begun - ended);
  let [now, most] = [0, 0];
  for (const [, change] of changes) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

type Timed = Pick<MeasuredUnit, 'seconds' | 'work'>;

const throughOrigin = (units: readonly Timed[]) => ({
  base: 0,
  each:
    sumOf(units, ({ seconds }) => seconds) /
    Math.max(
      1e-9,
      sumOf(units, ({ work }) => work),
    ),
});

/**
 * The line through times of different works by least squares of relative errors, neither part below zero, with the sum of
 * the times; through the origin where the works are equal.
 */
function lineOf(units: readonly Timed[]): { readonly base: number; readonly each: number } {
  const works = units.map(({ work }) => work);
  if (units.length < 3 || Math.max(...works) < EQUAL * Math.min(...works)) return throughOrigin(units);
  const scale = sumOf(units, ({ work }) => work) / units.length;
  let [aa, ab, bb, a, b] = [0, 0, 0, 0, 0];
  for (const { work, seconds } of units) {
    const [one, w] = [1 / seconds, work / scale / seconds];
    aa += one * one;
    ab += one * w;
    bb += w * w;
    a += one;
    b += w;
  }
  const determinant = aa * bb - ab * ab;
  const base = (a * bb - b * ab) / determinant;
  const each = (b * aa - a * ab) / determinant;
  if (!(base > 0)) return throughOrigin(units);
  const line = each > 0 ? { base, each } : { base: a / aa, each: 0 };
  const factor =
    sumOf(units, ({ seconds }) => seconds) / sumOf(units, ({ work }) => line.base + (line.each * work) / scale);
  return { base: factor * line.base, each: (factor * line.each) / scale };
}

/** The standard deviation of some logarithms about their line, a little larger where they are few. */
function spreadOf(errors: readonly number[]): number {
  const n = errors.length;
  const square = sumOf(errors, (error) => error * error);
  const measured = n < 2 ? 0 : Math.sqrt(square / (n - 1)) * (1 + 1 / (4 * (n - 1)));
  return n < FEW ? Math.max(FEW_SPREAD, measured) : measured;
}
