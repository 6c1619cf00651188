/** What a training is measured by on its held-out set, and its loss there and on as much that is trained on. */
import type { Measure, Validation } from '../../engine/training/validation.ts';
import { type Stream, stream } from '../../ground/random/philox.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Draw, MethodEntry } from '../method/method.ts';
import type { ContextBatch, PathSet, TrajectoryCache } from '../trajectory/cache.ts';
import { criterion, energyMeasure } from './held-out.ts';
import { energySizes, lookCounts, lossSizes, type Training } from './look-sizes.ts';

/** The loss of a training on a batch of any paths. */
export interface LossOn extends Omit<Measure, 'batches'> {
  /** The tensors of a batch of cached rows. */
  readonly drawn: (cached: ContextBatch, random: Stream, progress: number) => Draw;
}

/** What the looks at a student follow from. */
export interface ValidatedStudent {
  readonly options: unknown;
  readonly training: Training;
  readonly steps?: readonly number[] | undefined;
}

/** The energy distance of a student, and its losses where the method has one that tells anything. */
export function validationOf(
  { sampler, forwards, needs, ownEnds }: MethodEntry,
  { options, training, steps }: ValidatedStudent,
  config: HeadConfig,
  cache: TrajectoryCache & { readonly heldOut: PathSet },
  loss: LossOn | undefined,
): Validation {
  const counts = lookCounts(steps);
  const sizes = energySizes(training, counts, forwards(options).student);
  const measured = { config, sampler, counts, ownEnds: ownEnds?.(options) ?? false };
  const energy = energyMeasure(measured, cache.heldOut, sizes);
  return {
    measures: [energy, ...(loss ? [lossMeasure(loss, cache, lossSizes(training, cache.heldOut, needs))] : [])],
    criterion,
  };
}

/**
 * The method's own loss on a batch of the held-out set and on one of the paths that are trained on, at the same random places
 * of them (`heldOutLoss`, `trainedLoss`), of the weights as they are; what changes over a training is as at its end. Where the
 * second falls and the first does not, the student learns its pairs by heart: the energy distance, which has new noise, need
 * not show that, on whatever contexts.
 */
function lossMeasure(
  { drawn, ...loss }: LossOn,
  { heldOut, ...trained }: TrajectoryCache & { readonly heldOut: PathSet },
  { contexts, draws }: ReturnType<typeof lossSizes>,
): Measure {
  const batchOf = async (set: PathSet, place: (b: number) => number): Promise<Draw> => {
    const rows = Array.from({ length: contexts }, (_, b) => place(b));
    return drawn(await set.batch(rows, draws, 0), stream('looks', 'loss'), 1);
  };
  return {
    ...loss,
    batches: async () => {
      const order = stream('looks', 'trained').permutation(trained.facts.contexts);
      return {
        heldOutLoss: await batchOf(heldOut, (b) => b % heldOut.facts.contexts),
        trainedLoss: await batchOf(trained, (b) => order[b % order.length] ?? 0),
      };
    },
  };
}
