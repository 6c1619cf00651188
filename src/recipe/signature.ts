/** Whether the students of a recipe can have the original head's signature: one time, no guidance scale. */
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What decides it and stands in no recipe. */
export interface SignatureFacts {
  /** Methods whose students map between two times. */
  readonly flowMapMethods?: readonly string[];
  /** What the imported head in a folder takes; undefined where none can be read. */
  readonly importedHead?: (folder: string) => HeadInputs | undefined;
}

/** What a head takes. */
export interface HeadInputs {
  /** Whether it maps between two times. */
  readonly twoTimes: boolean;
  /** Whether guidance combines its hidden states, so that any scale can be had from it. */
  readonly guidedBefore: boolean;
}

/** The heads of exact and digits teachers, and those of a size of their own. */
const plainHead: HeadInputs = { twoTimes: false, guidedBefore: false };

/** The students that ask for the original signature and cannot have it. */
export function signatureProblems(recipe: DistillRecipe, facts: SignatureFacts): Problem[] {
  return recipe.students.flatMap((student, index) => {
    const { signature, init } = student;
    const from = recipe.students.slice(0, index).find(({ name }) => name === init);
    const path = ['students', index, 'signature'] as const;
    if (from !== undefined && (from.signature ?? 'extended') !== (signature ?? 'extended'))
      return [{ path, message: `expected the signature of ${init}, whose weights this student starts from` }];
    const inputs = signature === 'original' ? inputsOf(recipe, student, facts) : undefined;
    return inputs === undefined
      ? []
      : [timesProblem(student, path, inputs, facts), scaleProblem(recipe, index, inputs)].flat();
  });
}

function inputsOf({ teacher }: DistillRecipe, { head }: Student, { importedHead }: SignatureFacts) {
  return teacher.kind === 'imported' && head === undefined ? importedHead?.(teacher.path) : plainHead;
}

type Student = DistillRecipe['students'][number];

function timesProblem({ method }: Student, path: Problem['path'], { twoTimes }: HeadInputs, facts: SignatureFacts) {
  const { flowMapMethods = [] } = facts;
  if (twoTimes || !flowMapMethods.includes(method)) return [];
  return [
    {
      path,
      message: `expected extended: students of ${method} jump between two times, and the original head takes one; got original`,
    },
  ];
}

function scaleProblem({ guidance: { min, max } }: DistillRecipe, index: number, { guidedBefore }: HeadInputs) {
  if (guidedBefore || min === max) return [];
  return [
    {
      path: ['guidance'],
      message: `expected one guidance scale, which students[${index}] of the original signature has in its weights, got ${min} to ${max}`,
    },
  ];
}
