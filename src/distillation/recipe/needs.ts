/** Whether each student of a recipe has what its method needs. */
import type { MethodEntry, MethodNeeds } from '../method/method.ts';
import { type MethodName, methods } from '../method/table.ts';
import { canonicalJson } from './canonical.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What students of a method need; those that learn own ends take one step. */
export function needsOf({ method, options }: { readonly method: MethodName; readonly options: unknown }): MethodNeeds {
  const { needs = {}, ownEnds }: MethodEntry = methods[method];
  return ownEnds?.(options) ? { ...needs, steps: [1] } : needs;
}

type Student = DistillRecipe['students'][number];

/**
 * What students lack: a student to start from, where several may serve, step counts that their method can take, and draws
 * for a loss between them.
 */
export const needsProblems = ({ students }: DistillRecipe): Problem[] =>
  students.flatMap((student, index) => {
    const { init, steps, draws = 1 } = needsOf(student);
    return [
      ...(init && student.init === undefined ? [initProblem(students, student, index)] : []),
      ...(steps ? stepsProblems(student, steps, index) : []),
      ...(student.training.draws < draws ? [drawsProblem(student, draws, index)] : []),
    ];
  });

/** Earlier students whose weights fit: the same head under the same inputs. */
const candidates = (students: readonly Student[], student: Student, index: number): readonly string[] =>
  students
    .slice(0, index)
    .filter(
      (earlier) =>
        canonicalJson(earlier.head ?? null) === canonicalJson(student.head ?? null) &&
        (earlier.signature === 'original') === (student.signature === 'original'),
    )
    .map(({ name }) => name);

function initProblem(students: readonly Student[], student: Student, index: number): Problem {
  const names = candidates(students, student, index);
  const found =
    names.length > 0
      ? `${names.length > 1 ? 'one of ' : ''}${names.join(', ')}`
      : 'but there is none of its head and signature before it';
  return {
    path: ['students', index, 'init'],
    message: `expected the earlier student that this one of ${student.method} starts from, ${found}, got nothing`,
  };
}

function stepsProblems(student: Student, allowed: readonly number[], index: number): Problem[] {
  return (student.steps ?? []).flatMap((count, place) =>
    allowed.includes(count)
      ? []
      : [
          {
            path: ['students', index, 'steps', place],
            message: `expected ${allowed.join(' or ')}, the step counts of ${wayOf(student)}, got ${count}`,
          },
        ],
  );
}

/** A student's method, and what of its options decides its step counts. */
const wayOf = ({ method, options }: Student): string =>
  (methods[method] as MethodEntry).ownEnds?.(options) ? `${method} with ends: own` : method;

const drawsProblem = ({ method, training }: Student, least: number, index: number): Problem => ({
  path: ['students', index, 'training', 'draws'],
  message: `expected at least ${least} draws a context, which ${method} compares with each other, got ${training.draws}`,
});
