/** What several metrics are parts of, computed once for each pair of sets. */
import { type Coverage, coverage } from '../statistics/coverage.ts';
import { frechetExpansion } from '../statistics/frechet.ts';
import type { Expansion } from '../statistics/interval.ts';
import type { Rows } from '../statistics/rows.ts';
import type { PreparedRows } from './prepared-rows.ts';

type Comparison<Result> = (samples: PreparedRows, reference: PreparedRows) => Result;

/** A comparison that remembers its result for as long as both sets live. */
function once<Result>(compare: Comparison<Result>): Comparison<Result> {
  const known = new WeakMap<PreparedRows, WeakMap<PreparedRows, { readonly result: Result }>>();
  return (samples, reference) => {
    const own = known.get(samples) ?? new WeakMap<PreparedRows, { readonly result: Result }>();
    const found = own.get(reference) ?? { result: compare(samples, reference) };
    known.set(samples, own.set(reference, found));
    return found.result;
  };
}

/** The Fréchet distance of independent sets. */
export const distance: Comparison<Expansion> = once((samples, reference) =>
  frechetExpansion(samples.moments, reference.moments),
);

/** Neighbours are searched among so many rows at most: the work grows with their square. */
const NEIGHBOURS_AMONG = 2000;

/** What the neighbourhoods of independent sets share. */
export const neighbourhoods: Comparison<Coverage> = once((samples, reference) =>
  coverage(firstRows(samples.rows, NEIGHBOURS_AMONG), firstRows(reference.rows, NEIGHBOURS_AMONG), {
    cluster: samples.moments.grouping.cluster,
  }),
);

/** The first rows, at most `count`: rows go round the prompts, so that these do, too. */
function firstRows({ shape: [rows = 0, size = 0], data }: Rows, count: number): Rows {
  const kept = Math.min(rows, count);
  return { shape: [kept, size], data: data.subarray(0, kept * size) };
}
