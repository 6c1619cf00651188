import type { DistillRecipe } from '../recipe/recipe.ts';
import { type SolverName, solvers } from '../solver/table.ts';

/** A row of the results to be: a head at a step count. */
export interface PlannedRow {
  readonly kind: 'teacher' | 'student' | 'solver';
  readonly name: string;
  /** Entry of the solvers' or of the methods' table. */
  readonly method: string;
  readonly steps: number;
  readonly seed: number;
}

/**
 * The rows of a recipe: the teacher, each student at each step count and seed, and the teacher's solvers at the same
 * step counts. A one-step specialist is measured at one step only. Duplicates of the teacher's own row are left out.
 */
export function plannedRows({ seeds, students, evaluation }: DistillRecipe): PlannedRow[] {
  const [first = 1] = seeds;
  const teacher: PlannedRow = {
    kind: 'teacher',
    name: 'teacher',
    method: evaluation.teacher.solver,
    steps: evaluation.teacher.steps,
    seed: first,
  };
  const solverRows = evaluation.solvers.flatMap((method) =>
    evaluation.steps.map(
      (steps): PlannedRow => ({ kind: 'solver', name: `teacher ${method}`, method, steps, seed: first }),
    ),
  );
  const studentRows = seeds.flatMap((seed) =>
    students.flatMap(({ name, method, steps }) =>
      (steps ?? evaluation.steps).map((count): PlannedRow => ({ kind: 'student', name, method, steps: count, seed })),
    ),
  );
  return [
    teacher,
    ...studentRows,
    ...solverRows.filter((row) => row.method !== teacher.method || row.steps !== teacher.steps),
  ];
}

/** Head forwards a token of a row: a guided evaluation of the teacher costs two, a student's jump one. */
export const rowForwards = ({ kind, method, steps }: PlannedRow): number =>
  kind === 'student' ? steps : 2 * steps * solvers[method as SolverName].evaluations;

/** A file name for a row. */
export const rowFile = ({ name, steps, seed }: PlannedRow): string =>
  `${name.replace(/[^a-z0-9]+/gi, '-')}-${steps}-seed${seed}`;
