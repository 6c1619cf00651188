import type { MethodEntry } from '../../distillation/method/method.ts';
import { methods } from '../../distillation/method/table.ts';
import type { DistillRecipe, StudentRecipe } from '../../distillation/recipe/recipe.ts';
import { fitLabel, plannedFits } from '../../distillation/solver/plan.ts';
import type { FitName } from '../../distillation/solver/table.ts';
import { type SamplerName, samplers } from '../../distillation/student/sampler/table.ts';
import { isFitted, type MeasuredSolverName, measuredSolvers } from '../../heads/solver/fitted-table.ts';
import { guidedEvaluations, type OwnSampler, type Teacher } from '../../teachers/teacher.ts';
import { type Annealing, annealedCounts } from './annealing.ts';

/** A row of the results to be: a head at a step count. */
export interface PlannedRow {
  readonly kind: 'teacher' | 'student' | 'solver';
  readonly name: string;
  /** Entry of the solvers' or of the methods' table. */
  readonly method: string;
  readonly steps: number;
  /** Where its steps change along an image: the first of them are `steps`. */
  readonly annealed?: Annealing;
  readonly seed: number;
  /** The name in the recipe of the student that it measures. */
  readonly student?: string;
  /** How the student takes steps; the row's name says so where it is not its method's first way. */
  readonly sampler?: SamplerName;
  /** What of the solver is fitted to cached paths. */
  readonly fit?: FitName;
  /** The system's own sampler, beside the teacher's flow. */
  readonly own?: true;
}

/**
 * The rows of a recipe: the teacher, each student at each step count and seed, and the teacher's solvers at the same
 * step counts, in equal steps and as they are fitted; all of them but the fitted ones with annealed steps, too, where the
 * recipe has some. A one-step specialist is measured at one step only. Duplicates of the teacher's own row are left out.
 */
export function plannedRows(recipe: DistillRecipe, own?: Pick<OwnSampler, 'rule' | 'steps'>): PlannedRow[] {
  const { seeds, students, evaluation } = recipe;
  const [first = 1] = seeds;
  const teacher: PlannedRow = {
    kind: 'teacher',
    name: 'teacher',
    method: evaluation.teacher.solver,
    steps: evaluation.teacher.steps,
    seed: first,
  };
  const { annealed = [] } = evaluation;
  const studentRows = seeds.flatMap((seed) =>
    students.flatMap((student) =>
      student.steps === undefined
        ? studentRowsOf(student, seed, evaluation.steps, annealed)
        : studentRowsOf(student, seed, student.steps, []),
    ),
  );
  return [
    teacher,
    ...(own === undefined || evaluation.ownSampler === false ? [] : [ownRow(own, first)]),
    ...studentRows,
    ...solverRowsOf(recipe, first).filter(
      (row) => row.fit !== undefined || row.method !== teacher.method || row.steps !== teacher.steps,
    ),
  ];
}

const ownRow = ({ rule, steps }: Pick<OwnSampler, 'rule' | 'steps'>, seed: number): PlannedRow => ({
  ...{ kind: 'solver', name: 'teacher own sampler', method: rule, steps, seed, own: true },
});

/** Each solver in equal steps, unless it is fitted whole, then as it is fitted. */
function solverRowsOf(recipe: DistillRecipe, seed: number): PlannedRow[] {
  const { solvers, steps: counts, annealed = [] } = recipe.evaluation;
  const fits = plannedFits(recipe);
  return solvers.flatMap((method) => {
    const own = { kind: 'solver', method, seed } as const;
    const equal = isFitted(method) ? [] : rowsAt({ ...own, name: `teacher ${method}` }, counts, annealed);
    const fitted = fits.filter(({ solver }) => solver === method);
    return [...equal, ...fitted.map((one) => ({ ...own, name: fitLabel(one), steps: one.steps, fit: one.fit }))];
  });
}

/** A student at its step counts; with its method's second sampler, too, where that is another at more than one step. */
function studentRowsOf(
  { name, method }: StudentRecipe,
  seed: number,
  counts: readonly number[],
  annealed: readonly Annealing[],
): PlannedRow[] {
  const { sampler, otherSampler: other }: MethodEntry = methods[method];
  const own = { kind: 'student', name, student: name, method, sampler, seed } as const;
  const rows = rowsAt(own, counts, annealed);
  if (other === undefined) return rows;
  const otherwise = { ...own, name: `${name} ${samplers[other].label}`, sampler: other };
  return [
    ...rows,
    ...rowsAt(
      otherwise,
      counts.filter((steps) => steps > 1),
      annealed,
    ),
  ];
}

/** A head at step counts, and with steps that change along an image, which its name tells. */
const rowsAt = (
  head: Omit<PlannedRow, 'steps'>,
  counts: readonly number[],
  annealed: readonly Annealing[],
): PlannedRow[] => [
  ...counts.map((steps) => ({ ...head, steps })),
  ...annealed.map(({ from, to }) => ({
    ...head,
    name: `${head.name} annealed to ${to}`,
    steps: from,
    annealed: { from, to },
  })),
];

/** The step counts of a row by token, where they change along an image [L]. */
export const stepsByToken = (
  { annealed }: PlannedRow,
  { images }: Pick<Teacher, 'images'>,
): readonly number[] | undefined => annealed && annealedCounts(annealed, images?.tokens ?? 1);

/**
 * Head forwards a token of a row: those of the teacher's guided evaluations, one of a student's jump; the mean over an
 * image where steps change along it.
 */
export function rowForwards(row: PlannedRow, teacher: Pick<Teacher, 'evaluations' | 'images' | 'own'>): number {
  if (row.own === true) return guidedEvaluations(teacher) * row.steps * (teacher.own?.evaluations ?? 1);
  const counts = stepsByToken(row, teacher) ?? [row.steps];
  const steps = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return row.kind === 'student'
    ? steps
    : guidedEvaluations(teacher) * steps * measuredSolvers()[row.method as MeasuredSolverName].evaluations;
}

/** A file name for a row. */
export const rowFile = ({ name, steps, seed }: PlannedRow): string =>
  `${name.replace(/[^a-z0-9]+/gi, '-')}-${steps}-seed${seed}`;
