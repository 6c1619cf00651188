/** Whether the students of a recipe can have the original head's signature: one time, no guidance scale. */
import type { HeadInputs } from '../../teachers/imported/inputs.ts';
import { methods } from '../method/table.ts';
import { samplers } from '../student/sampler/table.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What the imported head in a folder takes; undefined where none can be read. */
export type ImportedHead = (folder: string) => HeadInputs | undefined;

/** The heads of exact and digits teachers, and those of a size of their own. */
const plainHead: HeadInputs = { twoTimes: false, guidedBefore: false };

/** What keeps students from the original signature that they ask for. */
export const signatureProblems = (recipe: DistillRecipe, importedHead: ImportedHead): Problem[] => [
  ...recipe.students.flatMap((student, index) => [
    ...initProblem(recipe, student, index),
    ...timesProblem(recipe, student, index, importedHead),
  ]),
  ...scaleProblem(recipe, importedHead),
];

type Student = DistillRecipe['students'][number];

const isOriginal = ({ signature }: Student): boolean => signature === 'original';

/** What the head of a student takes; undefined where its card cannot be read. */
const inputsOf = ({ teacher }: DistillRecipe, { head }: Student, importedHead: ImportedHead) =>
  teacher.kind === 'imported' && head === undefined ? importedHead(teacher.path) : plainHead;

function initProblem({ students }: DistillRecipe, student: Student, index: number): Problem[] {
  const from = students.slice(0, index).find(({ name }) => name === student.init);
  if (from === undefined || isOriginal(from) === isOriginal(student)) return [];
  const message = `expected the signature of ${from.name}, whose weights this student starts from`;
  return [{ path: ['students', index, 'signature'], message }];
}

function timesProblem(recipe: DistillRecipe, student: Student, index: number, importedHead: ImportedHead): Problem[] {
  const { method } = student;
  const between = samplers[methods[method].sampler].twoTimes;
  if (!isOriginal(student) || !between || (inputsOf(recipe, student, importedHead)?.twoTimes ?? true)) return [];
  const message = `expected extended: students of ${method} jump between two times, and the original head takes one; got original`;
  return [{ path: ['students', index, 'signature'], message }];
}

function scaleProblem(recipe: DistillRecipe, importedHead: ImportedHead): Problem[] {
  const { min, max } = recipe.guidance;
  const names = recipe.students
    .filter((student) => isOriginal(student) && inputsOf(recipe, student, importedHead)?.guidedBefore === false)
    .map(({ name }) => name);
  if (min === max || names.length === 0) return [];
  const message = `expected one guidance scale, which students of the original signature (${names.join(', ')}) have in their weights, got ${min} to ${max}`;
  return [{ path: ['guidance'], message }];
}
