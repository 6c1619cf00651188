import { bns } from './bns.ts';
import type { FitEntry } from './fit.ts';
import { search } from './search.ts';

/** What is fitted of a solver, by the names that files use: its times alone, or weights and times. */
export const fits = { times: search, weights: bns } as const satisfies Readonly<Record<string, FitEntry>>;

/** The name of a way to fit. */
export type FitName = keyof typeof fits;
