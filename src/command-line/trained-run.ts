import { join } from 'node:path';
import type { DistillRecipe } from '../distillation/recipe/recipe.ts';
import { type TrainedStudent, trainedStudents } from '../distillation/train/students.ts';
import { runPath } from '../ground/file/run-folder.ts';
import { runsFolder } from './kept-runs/text.ts';
import { amongRuns } from './run-reference.ts';

/** The folder of a recipe's run, and its students. Throws FileError where they are not all trained. */
export async function trainedRun(
  recipe: DistillRecipe,
  hash: string,
): Promise<{ readonly run: string; readonly students: readonly TrainedStudent[] }> {
  const run = runPath(runsFolder, { name: recipe.name, hash });
  const cache = join(run, 'trajectories');
  return { run, students: await amongRuns(recipe.name, run, () => trainedStudents(recipe, { run, cache })) };
}
