import type { DistillRecipe } from '../distillation/recipe/recipe.ts';

/** A recipe with other step counts; students that have their own (one-step specialists) keep them. */
export const withSteps = (recipe: DistillRecipe, steps = recipe.evaluation.steps): DistillRecipe => ({
  ...recipe,
  evaluation: { ...recipe.evaluation, steps },
});
