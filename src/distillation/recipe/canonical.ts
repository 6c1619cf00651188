import { createHash } from 'node:crypto';
import type { Recipe } from './recipe.ts';

/** A value as JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** A recipe without the number of workers, which changes how long a run takes and never a byte of it. */
export function withoutWorkers(recipe: Recipe): unknown {
  const { workers: _, ...engine } = recipe.engine;
  return { ...recipe, engine };
}

/**
 * Twelve hex digits of the SHA-256 of a resolved recipe: the run's identity. All fields count but `engine.workers`,
 * so a run can go on where there are fewer cores, and `evaluation.command`, whose results are kept with what made them: a
 * word that was wrong in it does not cost a training.
 */
export function recipeHash(recipe: Recipe): string {
  return createHash('sha256')
    .update(canonicalJson(withoutWorkers(withoutCommand(recipe))))
    .digest('hex')
    .slice(0, 12);
}

function withoutCommand(recipe: Recipe): Recipe {
  if (recipe.kind !== 'distill') return recipe;
  const { command: _, ...evaluation } = recipe.evaluation;
  return { ...recipe, evaluation };
}
