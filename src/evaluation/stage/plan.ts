import type { MethodEntry } from '../../distillation/method/method.ts';
import { methods } from '../../distillation/method/table.ts';

import type { DistillRecipe, StudentRecipe } from '../../distillation/recipe/recipe.ts';
import { type SamplerName, samplers } from '../../distillation/student/sampler/table.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import { guidedEvaluations, type Teacher } from '../../teachers/teacher.ts';

/** A row of the results to be: a head at a step count. */
export interface PlannedRow {
  readonly kind: 'teacher' | 'student' | 'solver';
  readonly name: string;
  /** Entry of the solvers' or of the methods' table. */
  readonly method: string;
  readonly steps: number;
  readonly seed: number;
  /** The name in the recipe of the student that it measures. */
  readonly student?: string;
  /** How the student takes steps; the row's name says so where it is not its method's first way. */
  readonly sampler?: SamplerName;
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
    students.flatMap((student) => studentRowsOf(student, student.steps ?? evaluation.steps, seed)),
  );
  return [
    teacher,
    ...studentRows,
    ...solverRows.filter((row) => row.method !== teacher.method || row.steps !== teacher.steps),
  ];
}

/** A student at its step counts; with its method's second sampler, too, where that is another at more than one step. */
function studentRowsOf({ name, method }: StudentRecipe, counts: readonly number[], seed: number): PlannedRow[] {
  const { sampler, otherSampler: other }: MethodEntry = methods[method];
  const own = { kind: 'student', name, student: name, method, sampler, seed } as const;
  const rows = counts.map((steps): PlannedRow => ({ ...own, steps }));
  if (other === undefined) return rows;
  const several = rows.filter(({ steps }) => steps > 1);
  return [...rows, ...several.map((row) => ({ ...row, name: `${name} ${samplers[other].label}`, sampler: other }))];
}

/** Head forwards a token of a row: those of the teacher's guided evaluations, one of a student's jump. */
export const rowForwards = ({ kind, method, steps }: PlannedRow, teacher: Pick<Teacher, 'evaluations'>): number =>
  kind === 'student' ? steps : guidedEvaluations(teacher) * steps * solvers[method as SolverName].evaluations;

/** A file name for a row. */
export const rowFile = ({ name, steps, seed }: PlannedRow): string =>
  `${name.replace(/[^a-z0-9]+/gi, '-')}-${steps}-seed${seed}`;
