import { z } from 'zod';
import type { StudentRecipe } from '../recipe/recipe.ts';

/** Options of methods of which more makes training calmer. */
const calming = z.object({ diagonal: z.number().exactOptional(), warmup: z.number().exactOptional() });

/** What may help a student whose training diverges, knob by knob, with what its recipe says now. */
export function adviceFor({ training, options }: Pick<StudentRecipe, 'training' | 'options'>): string {
  const { learningRate, clip, warmup } = training;
  return [
    `lower training.learningRate (${learningRate}) or training.clip (${clip})`,
    `raise training.warmup (${warmup})`,
    ...Object.entries(calming.parse(options)).map(([name, value]) => `raise options.${name} (${value})`),
  ].join(', ');
}
