/** Whether the students of a recipe can have the original head's signature: one time, no guidance scale. */
import type { HeadInputs } from '../../teachers/imported/inputs.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What decides it and stands in no recipe. */
export interface SignatureFacts {
  /** Methods whose students map between two times. */
  readonly flowMapMethods?: readonly string[];
  /** What the imported head in a folder takes; undefined where none can be read. */
  readonly importedHead?: (folder: string) => HeadInputs | undefined;
}

/** The heads of exact and digits teachers, and those of a size of their own. */
const plainHead: HeadInputs = { twoTimes: false, guidedBefore: false };

/** What keeps students from the original signature that they ask for. */
export const signatureProblems = (recipe: DistillRecipe, facts: SignatureFacts): Problem[] => [
  ...recipe.students.flatMap((student, index) => [
    ...initProblem(recipe, student, index),
    ...timesProblem(recipe, student, index, facts),
  ]),
  ...scaleProblem(recipe, facts),
];

type Student = DistillRecipe['students'][number];

const isOriginal = ({ signature }: Student): boolean => signature === 'original';

/** What the head of a student takes; undefined where its card cannot be read. */
const inputsOf = ({ teacher }: DistillRecipe, { head }: Student, { importedHead }: SignatureFacts) =>
  teacher.kind === 'imported' && head === undefined ? importedHead?.(teacher.path) : plainHead;

function initProblem({ students }: DistillRecipe, student: Student, index: number): Problem[] {
  const from = students.slice(0, index).find(({ name }) => name === student.init);
  if (from === undefined || isOriginal(from) === isOriginal(student)) return [];
  const message = `expected the signature of ${from.name}, whose weights this student starts from`;
  return [{ path: ['students', index, 'signature'], message }];
}

function timesProblem(recipe: DistillRecipe, student: Student, index: number, facts: SignatureFacts): Problem[] {
  const { method } = student;
  const between = facts.flowMapMethods?.includes(method) ?? false;
  if (!isOriginal(student) || !between || (inputsOf(recipe, student, facts)?.twoTimes ?? true)) return [];
  const message = `expected extended: students of ${method} jump between two times, and the original head takes one; got original`;
  return [{ path: ['students', index, 'signature'], message }];
}

function scaleProblem(recipe: DistillRecipe, facts: SignatureFacts): Problem[] {
  const { min, max } = recipe.guidance;
  const names = recipe.students
    .filter((student) => isOriginal(student) && inputsOf(recipe, student, facts)?.guidedBefore === false)
    .map(({ name }) => name);
  if (min === max || names.length === 0) return [];
  const message = `expected one guidance scale, which students of the original signature (${names.join(', ')}) have in their weights, got ${min} to ${max}`;
  return [{ path: ['guidance'], message }];
}
