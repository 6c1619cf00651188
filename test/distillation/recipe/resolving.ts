import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { RecipeError } from '../../../src/ground/errors.ts';
import { testOptions } from './tables.ts';

/** A recipe's text as the file x.yaml resolved. */
export const resolve = (text: string, set: readonly string[] = []) =>
  resolveRecipeText(text, 'x.yaml', { ...testOptions, set, kind: 'distill' });

/** What is wrong with it. */
export const complaint = (text: string, set: readonly string[] = []): string => {
  try {
    resolve(text, set);
  } catch (error) {
    if (error instanceof RecipeError) return error.message;
    throw error;
  }
  return 'no complaint';
};
