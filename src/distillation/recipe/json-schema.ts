import { z } from 'zod';
import { recipeSchema } from './schema/recipe.ts';
import type { RecipeTables } from './schema/tables.ts';

/** The JSON schema (draft 2020-12) of recipes as they are written, for editors; `recipes/schema.json` holds it. */
export const recipeJsonSchema = (tables: RecipeTables): z.core.JSONSchema.BaseSchema =>
  z.toJSONSchema(recipeSchema(tables), { io: 'input', reused: 'ref' });
