/** Whether the solvers that a recipe measures can be fitted at its step counts. */
import {
  type FittedSolverEntry,
  type FittedSolverName,
  fittedSolvers,
  isFitted,
} from '../../heads/solver/fitted-table.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** Step counts that are more than a fitted solver can have: its weights grow with their square, and its program with them. */
export function solverProblems({ evaluation }: DistillRecipe): Problem[] {
  const most = Math.max(...evaluation.steps);
  return evaluation.solvers.flatMap((solver, index) => {
    if (!isFitted(solver) || most <= mostSteps(solver)) return [];
    const message = `expected ${solver} with at most ${mostSteps(solver)} steps (its weights grow with their square), got ${most} in evaluation.steps`;
    return [{ path: ['evaluation', 'solvers', index], message }];
  });
}

function mostSteps(name: FittedSolverName): number {
  const { most }: FittedSolverEntry = fittedSolvers[name];
  return most;
}
