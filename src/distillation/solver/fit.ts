import type { Engine } from '../../engine/graph/program.ts';
import type { MeasuredSolverName } from '../../heads/solver/fitted-table.ts';
import type { NonStationary } from '../../heads/solver/non-stationary.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { FitPaths } from './fit-paths.ts';

/** What a fit works with. */
export interface FitWork {
  readonly solver: MeasuredSolverName;
  readonly steps: number;
  readonly teacher: Pick<Teacher, 'token' | 'condition' | 'parameters' | 'head' | 'evaluations' | 'velocity'>;
  readonly paths: FitPaths;
  /** Key of its random numbers. */
  readonly key: readonly (string | number)[];
  readonly engine: Engine;
}

/** What a fit found: times, and weights of solvers that have their own. */
export interface Fitted extends Pick<NonStationary, 'times'>, Partial<Pick<NonStationary, 'weights'>> {
  /** The solver that the weights started as. */
  readonly from?: SolverName;
  /** The mean distance of the ends from the cached ones, as found and before; of weights, on paths that they were not fitted to. */
  readonly error: number;
  readonly before: number;
  /** Evaluations of the velocity, all paths counted, a backward as two. */
  readonly evaluations: number;
  /** Steps of an optimizer. */
  readonly updates: number;
}

/** A way to fit a solver to a teacher's cached paths. */
export interface FitEntry {
  /** What rows say of the solver. */
  readonly label: string;
  /** The fewest steps at which there is something to fit. */
  readonly fewest: number;
  /** The most cached paths that it takes. */
  readonly paths: number;
  /** The most evaluations of the velocity that it takes, on so many paths, by a solver of so many a step. */
  readonly most: (size: { readonly steps: number; readonly perStep: number; readonly paths: number }) => number;
  readonly fit: (work: FitWork) => Promise<Fitted>;
}
