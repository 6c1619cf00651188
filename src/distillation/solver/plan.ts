import { isFitted, type MeasuredSolverName, measuredSolvers } from '../../heads/solver/fitted-table.ts';
import { guidedEvaluations, type Teacher } from '../../teachers/teacher.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { drawnSizes } from '../trajectory/drawn-paths.ts';
import { type FitName, fits } from './table.ts';

/** A solver that is to be fitted for a step count. */
export interface PlannedFit {
  readonly fit: FitName;
  readonly solver: MeasuredSolverName;
  readonly steps: number;
}

/**
 * The fits of a recipe, in the order of its solvers: times of each solver at each step count that leaves any open, unless
 * it says `searchTimes: false`; of solvers that are fitted whole, their weights.
 */
export function plannedFits({ evaluation }: Pick<DistillRecipe, 'evaluation'>): PlannedFit[] {
  const { solvers, steps: counts, searchTimes = true } = evaluation;
  return solvers.flatMap((solver) => {
    const fit: FitName = isFitted(solver) ? 'weights' : 'times';
    const wanted = fit === 'weights' || searchTimes;
    return wanted ? counts.filter((steps) => steps >= fits[fit].fewest).map((steps) => ({ fit, solver, steps })) : [];
  });
}

/** What the row of a fit is called: `teacher euler, searched times`. */
export const fitLabel = ({ fit, solver }: PlannedFit): string => `teacher ${solver}, ${fits[fit].label}`;

/** The most head forwards that a fit takes. */
export function mostFitForwards(
  { fit, solver, steps }: PlannedFit,
  { trajectories }: Pick<DistillRecipe, 'trajectories'>,
  teacher: Pick<Teacher, 'evaluations'>,
): number {
  const { contexts, draws } = drawnSizes(trajectories, fits[fit].paths);
  const perStep = measuredSolvers()[solver].evaluations;
  return guidedEvaluations(teacher) * fits[fit].most({ steps, perStep, paths: contexts * draws });
}
