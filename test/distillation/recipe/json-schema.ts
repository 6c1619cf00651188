import { z } from 'zod';
import { recipeSchema } from '../../../src/distillation/recipe/schema/recipe.ts';

/** The JSON schema (draft 2020-12) of recipes as they are written, for editors; `recipes/schema.json` holds it. */
export const recipeJsonSchema = (): z.core.JSONSchema.BaseSchema => z.toJSONSchema(recipeSchema(), { io: 'input' });
