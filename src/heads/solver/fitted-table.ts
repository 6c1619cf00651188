import { derived } from '../../ground/plugin/table.ts';
import { type SolverName, solvers } from './table.ts';

/** A solver whose numbers are fitted to a teacher, for each step count its own. */
export interface FittedSolverEntry {
  readonly title: string;
  /** Velocity evaluations a step. */
  readonly evaluations: number;
  /** The most steps that it is fitted for. */
  readonly most: number;
}

/**
 * The solvers that are fitted to cached paths, by the names that recipes use: they can be measured, and neither make those
 * paths nor be what others are measured by.
 */
export const fittedSolvers = {
  bns: { title: 'Bespoke non-stationary (arXiv 2403.01329)', evaluations: 1, most: 16 },
} as const satisfies Readonly<Record<string, FittedSolverEntry>>;

/** A fitted solver's name in recipes. */
export type FittedSolverName = keyof typeof fittedSolvers;

/** All solvers that a teacher can be measured under. */
export const measuredSolvers = derived(() => ({ ...solvers, ...fittedSolvers }) as const);

/** The name of one of these. */
export type MeasuredSolverName = SolverName | FittedSolverName;

/** Whether a solver is one that is fitted. */
export const isFitted = (name: string): name is FittedSolverName => Object.hasOwn(fittedSolvers, name);
