import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { PlannedRow } from './plan.ts';

/** Scales at which the teacher is sampled, from one end of the trained range to the other. */
const GRID = 5;

/** The ends of the guidance range that students are trained on; empty where it is one scale. */
export const guidanceEnds = ({ guidance: { min, max } }: Pick<DistillRecipe, 'guidance'>): readonly number[] =>
  min < max ? [min, max] : [];

/**
 * The guidance scales under which a row's tokens are drawn beside the evaluation's own: a student's under the ends of the
 * range that it was trained on, the teacher's second set under some of the whole range, to see whose scale a student's
 * samples are nearest to. Of one trained scale, the teacher's come from beside it.
 */
export function furtherScales(
  recipe: Pick<DistillRecipe, 'guidance' | 'evaluation'>,
  { kind, annealed }: Pick<PlannedRow, 'kind' | 'annealed'>,
  other: boolean,
): readonly number[] {
  const own = recipe.evaluation.guidance;
  const scales = other
    ? teacherScales(recipe)
    : kind === 'student' && annealed === undefined
      ? guidanceEnds(recipe)
      : [];
  return scales.filter((scale) => scale !== own);
}

/** Without guidance, at a scale of 1, there is nothing to compare with: teachers may have no unconditional states then. */
function teacherScales({ guidance: { min, max } }: Pick<DistillRecipe, 'guidance'>): readonly number[] {
  if (min < max) return Array.from({ length: GRID }, (_, i) => min + ((max - min) * i) / (GRID - 1));
  return min === 1 ? [] : [1, (1 + min) / 2, (3 * min - 1) / 2];
}
