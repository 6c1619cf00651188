/** When a training is looked at, at how much, and what that costs. */

import type { MethodEntry, MethodNeeds } from '../method/method.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import type { PathSet } from '../trajectory/cache.ts';

/** Steps between lines of a student's log. */
export const logEvery = 10;

/** Contexts that are looked at, at most. */
const CONTEXTS = 64;

/** What looks follow from. */
export type Training = Pick<StudentRecipe['training'], 'steps' | 'batch' | 'draws'>;

/** Steps between looks: some twenty a training and no more than 100 apart, at logged steps. */
export const probeEvery = (steps: number): number =>
  logEvery * Math.max(1, Math.floor(Math.min(100, steps / 20) / logEvery));

/** The looks of a training of so many steps, `done` of them done, without the one before its first step. */
export const looksOf = (steps: number, done = steps): number => Math.floor(done / probeEvery(steps));

/** Contexts and draws of a look with paths of the cache in the place of a batch. */
export const batchSizes = ({ batch, draws }: Pick<Training, 'batch' | 'draws'>) => ({
  contexts: Math.min(CONTEXTS, batch / draws),
  draws,
});

/**
 * Those of the losses: half of the contexts, half of the draws, as many at least as the loss compares with each other. Sets of
 * few contexts differ by these; none of the cached draws comes twice.
 */
export function lossSizes(
  training: Pick<Training, 'batch' | 'draws'>,
  { facts }: Pick<PathSet, 'facts'>,
  { draws: least = 1 }: MethodNeeds = {},
) {
  const { contexts, draws } = batchSizes(training);
  return { contexts: Math.ceil(contexts / 2), draws: Math.min(facts.draws, Math.max(least, Math.ceil(draws / 2))) };
}

/** The step counts at which ends are looked at: those up to four, else the least, of those that the student is measured at. */
export function lookCounts(steps: readonly number[] = [1]): readonly number[] {
  const few = steps.filter((count) => count <= 4);
  return few.length > 0 ? few : [Math.min(...steps)];
}

/** Held-out contexts whose ends are looked at, and the student's draws of each. */
export interface EnergySizes {
  readonly contexts: number;
  readonly draws: number;
}

/** Share of a training's forwards for looks at ends. */
const SHARE = 0.01;
const [DRAWS, FEWEST] = [4, 4];

/** As many contexts as a fixed share of the training pays for, between 4 and 64. */
export function energySizes(
  { steps, batch }: Pick<Training, 'steps' | 'batch'>,
  counts: readonly number[],
  forwards: number,
): EnergySizes {
  const budget = (SHARE * steps * batch * forwards) / Math.max(1, looksOf(steps));
  const each = DRAWS * counts.reduce((sum, count) => sum + count, 0);
  return { contexts: Math.min(CONTEXTS, Math.max(FEWEST, Math.floor(budget / each))), draws: DRAWS };
}

/** Whether a cache has a held-out set, and of what sizes. */
export interface LookedSets {
  readonly heldOut?: Pick<PathSet, 'facts'>;
}

/** What looks cost follows from, beside the sizes. */
export interface LookCost {
  /** Steps that were done; all unless given. */
  readonly done?: number;
  /** Forwards of a guided velocity of the teacher. */
  readonly guided?: number;
  /** Of the method. */
  readonly needs?: MethodNeeds;
}

/**
 * Head forwards of all looks of a training: at the raw error, one before the first step included, and, where there is a
 * held-out set, at the ends there and the losses. A loss costs what its training step does without one backward; guided
 * velocities of the teacher cost `guided`.
 */
export function lookForwards(
  { training, steps }: Pick<StudentRecipe, 'training' | 'steps'>,
  cost: ReturnType<MethodEntry['forwards']>,
  { heldOut }: LookedSets,
  { done = training.steps, guided = 2, needs = {} }: LookCost = {},
): number {
  const looks = looksOf(training.steps, done);
  const sizes = batchSizes(training);
  const probe = sizes.contexts * sizes.draws;
  if (heldOut === undefined) return probe * (1 + looks);
  const counts = lookCounts(steps);
  const { contexts, draws } = energySizes(training, counts, cost.student);
  const ends = Math.min(contexts, heldOut.facts.contexts) * draws;
  const energies = ends * counts.reduce((sum, count) => sum + count, 0);
  const held = lossSizes(training, heldOut, needs);
  const losses =
    needs.other !== 'beside' ? 2 * held.contexts * held.draws * (cost.student - 2 + (cost.teacher ?? 0) * guided) : 0;
  return probe * (1 + looks) + (energies + losses) * looks;
}
