/** What several metrics are parts of, computed once for each pair of sets. */
import type { Estimate } from '../../ground/estimate.ts';
import { type ContextNeighbours, contextNeighbours } from '../statistics/context-neighbours.ts';
import { type Coverage, coverage, hasNeighbours } from '../statistics/coverage.ts';
import type { Draws } from '../statistics/draws.ts';
import { fixedFrechetExpansion, frechetExpansion } from '../statistics/frechet.ts';
import { type Combination, combine, type Expansion, estimate } from '../statistics/interval.ts';
import type { FixedMoments } from '../statistics/moments.ts';
import { type NearestRow, nearestRows } from '../statistics/nearest-set.ts';
import type { Rows } from '../statistics/rows.ts';
import type { PreparedRows } from './prepared-rows.ts';

type Comparison<Result, Of extends object = PreparedRows, To extends object = Of> = (
  samples: Of,
  reference: To,
) => Result;

/** A comparison that remembers its result for as long as both sets live. */
function once<Result, Of extends object, To extends object = Of>(
  compare: Comparison<Result, Of, To>,
): Comparison<Result, Of, To> {
  const known = new WeakMap<Of, WeakMap<To, { readonly result: Result }>>();
  return (samples, reference) => {
    const own = known.get(samples) ?? new WeakMap<To, { readonly result: Result }>();
    const found = own.get(reference) ?? { result: compare(samples, reference) };
    known.set(samples, own.set(reference, found));
    return found.result;
  };
}

/** The Fréchet distance of independent sets; nothing where either has fewer rows than it takes. */
export const distance: Comparison<Expansion | undefined> = once(
  ({ moments }, reference) => moments && reference.moments && frechetExpansion(moments, reference.moments),
);

/** The Fréchet distance from moments that are taken as exact; nothing where the samples have fewer rows than it takes. */
export const distanceToMoments: Comparison<Expansion | undefined, PreparedRows, FixedMoments> = once(
  ({ moments }, reference) => moments && fixedFrechetExpansion(moments, reference),
);

/** An estimate from a distance, where there is one. */
export const ofOne = (
  found: Expansion | undefined,
  estimated: (expansion: Expansion) => Estimate,
): Estimate | undefined => found && estimated(found);

/** An estimate from two distances of paired samples, where there are both. */
export const ofTwo = (
  mine: Expansion | undefined,
  theirs: Expansion | undefined,
  combination: (mine: number, theirs: number) => Combination,
): Estimate | undefined => mine && theirs && estimate(combine(mine, theirs, combination(mine.value, theirs.value)));

/** The neighbourhoods of tokens in their contexts; nothing with too few draws. */
export const neighboursInContext: Comparison<ContextNeighbours | undefined, Draws> = once((samples, reference) =>
  Math.min(samples.shape[1] ?? 0, reference.shape[1] ?? 0) < FEW ? undefined : contextNeighbours(samples, reference),
);

/** Draws with fewer neighbours say nothing. */
const FEW = 16;

/** What the neighbourhoods of independent sets share; nothing with too few rows for neighbours in halves of them. */
export const neighbourhoods: Comparison<Coverage | undefined> = once((samples, reference) => {
  const { cluster } = samples.grouping;
  const [own, other] = [samples, reference].map(({ rows }) => firstRows(rows)) as [Rows, Rows];
  return hasNeighbours(own, other, { cluster }) ? coverage(own, other, { cluster }) : undefined;
});

/** The nearest trained and the nearest other real image of each row, by features. */
export const nearestAmongReal = (rows: Rows, trained: Rows, real: Rows): NearestRow[] =>
  nearestRows(firstRows(rows), firstRows(trained), firstRows(real));

/** Neighbours are searched among so many rows at most: the work grows with their square. */
const NEIGHBOURS_AMONG = 2000;

/** The rows among which neighbours are searched, the first ones: rows go round the prompts, so that these do, too. */
export function firstRows({ shape: [rows = 0, ...size], data }: Rows): Rows {
  const kept = Math.min(rows, NEIGHBOURS_AMONG);
  return { shape: [kept, ...size], data: data.subarray(0, (kept * data.length) / rows) };
}
