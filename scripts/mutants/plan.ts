import { readFileSync } from 'node:fs';
import type { Mutation } from './mutation.ts';

/** Mutations with the tests that may notice them, the nearest first. */
export type Plan = readonly (Mutation & { readonly key: string; readonly tests: readonly string[] })[];

/** What became of a mutation: noticed by a test, by none, or a test that did not end. */
export type Fate = 'killed' | 'survived' | 'timed out';

/** The files of a trial in the copy's root. */
export const trialFiles = {
  plan: 'mutants-plan.json',
  /** One line an event: a test file of a mutation started, or a test failed. */
  journal: 'mutants-journal.jsonl',
  drivers: 'mutants-drivers',
} as const;

/** A line of the journal. */
export interface Event {
  /** Its place in the plan; the plan's length once all were tried. */
  readonly mutant: number;
  readonly test: string;
  /** The failed test; absent where the file has only started. */
  readonly failed?: string;
}

/** An event as a line of the journal. */
export const lineOfEvent = (event: Event): string => `${JSON.stringify(event)}\n`;

/** The events so far. */
export const readJournal = (path: string): Event[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);

/** The driver of a test file of a mutation; in the order of names they run the nearest tests first. */
export const driverName = (mutant: number, test: number): string =>
  `${String(mutant).padStart(5, '0')}-${String(test).padStart(3, '0')}.test.ts`;
