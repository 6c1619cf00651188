import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { FittedSolver } from '../../distillation/solver/file.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import type { CacheFacts } from '../../distillation/trajectory/shard.ts';
import type { Cost } from './result.ts';

/** What the cost of a row follows from. */
export interface CostContext {
  readonly recipe: DistillRecipe;
  readonly facts: CacheFacts;
  /** The students of the run, from which others may start. */
  readonly students: readonly TrainedStudent[];
}

/** The cache and the trainings of all students that it started from are charged in full to every student. */
export function studentCost(student: TrainedStudent, context: CostContext): Cost {
  const { forwards, seconds, steps } = student.facts;
  const cacheForwards = context.facts.forwards;
  const startForwards = startOf(student, context);
  return {
    cacheForwards,
    ...(startForwards > 0 && { startForwards }),
    trainingForwards: forwards,
    totalForwards: cacheForwards + startForwards + forwards,
    trainingSeconds: seconds,
    trainingSteps: steps,
  };
}

/** Head forwards of the trainings that led to where a student starts. */
function startOf({ name, seed }: TrainedStudent, context: CostContext): number {
  const { init } = context.recipe.students.find((recipe) => recipe.name === name) ?? {};
  const start = context.students.find((other) => other.name === init && other.seed === seed);
  return start === undefined ? 0 : start.facts.forwards + startOf(start, context);
}

/** What a fitted solver cost: the paths that it was fitted to are charged, not the whole cache. */
export const fitCost = ({ pathForwards, forwards, seconds, updates }: FittedSolver): Cost => ({
  cacheForwards: pathForwards,
  trainingForwards: forwards,
  totalForwards: pathForwards + forwards,
  trainingSeconds: seconds,
  trainingSteps: updates,
});
