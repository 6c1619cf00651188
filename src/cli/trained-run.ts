import { join } from 'node:path';
import { runPath } from '../file/run-folder.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { type TrainedStudent, trainedStudents } from '../train/students.ts';

/** The folder of a recipe's run, and its students. Throws FileError where they are not all trained. */
export async function trainedRun(
  recipe: DistillRecipe,
  hash: string,
): Promise<{ readonly run: string; readonly students: readonly TrainedStudent[] }> {
  const run = runPath('runs', { name: recipe.name, hash });
  return { run, students: await trainedStudents(recipe, { run, cache: join(run, 'trajectories') }) };
}
