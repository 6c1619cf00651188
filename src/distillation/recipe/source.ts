import { RecipeError } from '../../ground/errors.ts';
import { readAtMost } from '../../ground/file/bounded.ts';

/** The longest file that a recipe may be in, in bytes. */
const LONGEST_RECIPE = 1 << 18;

/** The text of a recipe: UTF-8, at most 256 KiB. Throws FileError or RecipeError. */
export async function readRecipeText(path: string): Promise<string> {
  const bytes = await readAtMost(path, LONGEST_RECIPE);
  if (bytes === undefined) throw new RecipeError(`${path}: expected a recipe of at most 256 KiB, got a larger file`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RecipeError(`${path}: expected text in UTF-8, got other bytes`, { cause });
  }
}
