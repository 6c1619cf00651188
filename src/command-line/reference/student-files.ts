import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { studentFile } from '../../distillation/train/student-facts.ts';
import { resolveFor } from '../run-reference.ts';
import { trainedRun } from '../trained-run.ts';

/**
 * The files of the students that words name, each once: a file or the folder that it is in, or a recipe (with
 * overrides), the folder of its run or its report, which mean all its trained students of all seeds. Throws FileError
 * where there are none, RecipeError where a recipe is wrong.
 */
export async function studentFiles(words: readonly string[], set: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const word of words) files.push(...(await filesOf(word, set)));
  return [...new Set(files)];
}

async function filesOf(word: string, set: readonly string[]): Promise<string[]> {
  if (word.endsWith('.safetensors')) return [word];
  const [own] = [studentFile, 'head.safetensors'].map((name) => join(word, name)).filter((path) => existsSync(path));
  if (own !== undefined) return [own];
  const { recipe, hash } = await resolveFor('distill', word, set);
  const { students } = await trainedRun(recipe, hash);
  return students.map(({ path }) => path);
}
