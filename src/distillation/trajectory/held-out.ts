/** The held-out set of a cache: paths of contexts that no student is trained on, to measure students on while they train. */
import type { DistillRecipe } from '../recipe/recipe.ts';

/** How many contexts are held out, and draws of each: enough of these for the distance of two sets of draws. */
export interface HeldOutSizes {
  readonly contexts: number;
  readonly draws: number;
  /** Draws of the system's own sampler, where its ends are cached. */
  readonly ownEnds?: number;
}

const DRAWS = 16;
const [FEWEST, MOST] = [8, 64];
/** Paths that are trained on for each that is held out, where that leaves enough. */
const SHARE = 16;

/** The held-out set of a cache: a sixteenth of its paths, between 8 and 64 contexts of 16 draws, of own ends as many. */
export function heldOutSizes({
  contexts,
  draws,
  ownEnds,
}: Pick<DistillRecipe['trajectories'], 'contexts' | 'draws' | 'ownEnds'>): HeldOutSizes {
  const affordable = Math.floor((contexts * draws) / (SHARE * DRAWS));
  return { contexts: Math.min(MOST, Math.max(FEWEST, affordable)), draws: DRAWS, ...(ownEnds && { ownEnds: DRAWS }) };
}
