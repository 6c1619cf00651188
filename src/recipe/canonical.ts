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

/**
 * Twelve hex digits of the SHA-256 of a resolved recipe: the run's identity. All fields count but `engine.workers`,
 * which changes how long a run takes and never a byte of it, so a run can go on where there are fewer cores.
 */
export function recipeHash(recipe: Recipe): string {
  const { workers: _, ...engine } = recipe.engine;
  const text = canonicalJson({ ...recipe, engine });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
