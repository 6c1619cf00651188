import { z } from 'zod';
import { derived } from '../../../ground/plugin/table.ts';
import { teacherSchema } from '../../../teachers/image/training-recipe.ts';
import { distillSchema } from './distill.ts';
import { featuresSchema } from './features.ts';

/** Every recipe, told apart by `kind`. */
export const recipeSchema = derived(() =>
  z.discriminatedUnion('kind', [distillSchema(), teacherSchema(), featuresSchema()]).meta({
    title: 'fewstep recipe',
    description: 'A whole experiment in one file: YAML, checked strictly.',
  }),
);
