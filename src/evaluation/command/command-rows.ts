import type { MadeRun } from './made-runs.ts';
import type { CommandHead } from './planned-runs.ts';
import type { ByCommand, CommandRow } from './result.ts';

/** What is measured: rows and floors, and what they are of. */
export type MeasuredByCommand = Pick<ByCommand, 'rows' | 'floors' | 'samples' | 'statistics'>;

/** The runs of a head. */
export const runsOf = (made: readonly MadeRun[], { kind, name, steps, guidance }: CommandHead): readonly MadeRun[] =>
  made.filter(({ run }) => run.kind === kind && run.name === name && run.steps === steps && run.guidance === guidance);

/** A row without what it measured. */
export function rowOf(runs: readonly MadeRun[]): Omit<CommandRow, 'quality'> {
  const [first] = runs;
  if (first === undefined) throw new TypeError('a row without a run');
  const { seed: _, ...head } = first.run;
  const seconds = runs.reduce((sum, one) => sum + one.seconds, 0) / runs.length;
  return { ...head, seeds: runs.map(({ run }) => run.seed), seconds };
}
