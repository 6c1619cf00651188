import { z } from 'zod';
import { teacherSchema } from '../../../teachers/image/training-recipe.ts';
import { distillSchema } from './distill.ts';
import { featuresSchema } from './features.ts';
import type { RecipeTables } from './tables.ts';

/** Every recipe, told apart by `kind`, for the methods and solvers that there are. */
export const recipeSchema = (tables: RecipeTables) =>
  z.discriminatedUnion('kind', [distillSchema(tables), teacherSchema, featuresSchema]).meta({
    title: 'fewstep recipe',
    description: 'A whole experiment in one file: YAML, checked strictly.',
  });
