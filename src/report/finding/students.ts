import { listed } from '../listed.ts';
import { type Entry, entriesOf, type Summary } from '../summary.ts';

/** The rows of one student under one sampler, fewest steps first. */
export interface StudentRows {
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** The students of a summary, in the evaluation's order; annealed rows left out. */
export function studentRows(summary: Summary): readonly StudentRows[] {
  const entries = entriesOf(summary, 'student').filter(({ rows }) =>
    rows.every((row) => row.stepsByToken === undefined),
  );
  return [...new Set(entries.map(({ name }) => name))].map((name) => ({
    name,
    entries: entries.filter((entry) => entry.name === name).sort((a, b) => a.steps - b.steps),
  }));
}

/** Entries of one student by name and steps: `trajectory, 1, 2 and 4 steps`. */
export function whereText(name: string, entries: readonly Entry[]): string {
  const steps = entries.map((entry) => entry.steps);
  return `${name}, ${listed(steps)} ${steps.length === 1 && steps[0] === 1 ? 'step' : 'steps'}`;
}
