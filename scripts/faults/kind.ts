import type { Stream } from '../../src/ground/random/philox.ts';
import type { Prepared } from './prepared.ts';

/** What came of one case: how it ended, in a word or two that are counted, and what was wrong, if anything. */
export interface Finding {
  readonly what: string;
  readonly ending: string;
  readonly wrong?: string | undefined;
}

/** A kind of faults: one case of it, all choices drawn from a stream of the case's own. */
export type Kind = (random: Stream, prepared: Prepared, index: number) => Promise<Finding>;

/** An integer from 0 to below − 1. */
export const below = (random: Stream, limit: number): number => random.integers(1, Math.max(1, limit))[0] ?? 0;
