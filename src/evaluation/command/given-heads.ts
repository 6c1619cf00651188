/** The heads that a command is given, as `fewstep export` writes them. */
import { join, resolve } from 'node:path';
import { giveBackHead, giveBackStudent } from '../../distillation/export/give-back.ts';
import { exportStudent } from '../../distillation/export/students.ts';
import type { CommandRecipe, DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { measuredCounts } from '../../distillation/recipe/times.ts';
import { samplerFile } from '../../distillation/student/sampler/file.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { graphFile } from '../../teachers/imported/graph/read.ts';
import { isGraph } from '../../teachers/imported/head.ts';

/** Where a head's files are, absolute. */
export interface GivenHead {
  readonly head: string;
  /** The unrolled sampler of a step count, of ONNX. */
  readonly samplerOf: (steps: number) => string | undefined;
}

const noSampler = (): undefined => undefined;

/** Writes a student into a folder, in the command's format. Throws FileError or DataError. */
export async function givenStudent(
  recipe: DistillRecipe,
  { format }: CommandRecipe,
  { name, path }: Pick<TrainedStudent, 'name' | 'path'>,
  folder: string,
): Promise<GivenHead> {
  if (format === 'original') {
    const teacher = recipe.teacher.kind === 'imported' ? recipe.teacher.path : '';
    const { files } = await giveBackStudent({ name, path, teacher }, folder);
    const [weights = ''] = files;
    return { head: resolve(folder, files.find((file) => file.endsWith('.onnx')) ?? weights), samplerOf: noSampler };
  }
  const student = recipe.students.find((one) => one.name === name);
  const steps = student === undefined ? recipe.evaluation.steps : measuredCounts(student, recipe);
  await exportStudent({ name, path, steps }, folder);
  const most = Math.max(...steps);
  return {
    head: resolve(folder, 'head.onnx'),
    samplerOf: (count) => (steps.includes(count) ? resolve(folder, samplerFile(count, most)) : undefined),
  };
}

/** Writes an imported teacher's head into a folder; one that came as ONNX stays where it is. Throws FileError or DataError. */
export async function givenTeacher(teacher: string, folder: string): Promise<GivenHead> {
  if (await isGraph(teacher)) return { head: resolve(teacher, graphFile), samplerOf: noSampler };
  const { files } = await giveBackHead(teacher, folder);
  return { head: resolve(join(folder, files[0] ?? '')), samplerOf: noSampler };
}
