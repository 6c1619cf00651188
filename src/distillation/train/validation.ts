/** What a training is measured by on its held-out set, and the loss there. */
import type { Measure, Validation } from '../../engine/training/validation.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { type Stream, stream } from '../../ground/random/philox.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Draw, MethodEntry } from '../method/method.ts';
import type { ContextBatch, PathSet, TrajectoryCache } from '../trajectory/cache.ts';
import type { DistilledStudent } from './distil-student.ts';
import { criterion, energyMeasure } from './held-out.ts';
import { energySizes, lookCounts, lossSizes } from './look-sizes.ts';

/** The loss of a training on a batch. */
export interface LossOn extends Pick<Measure, 'batchSpecs' | 'values'> {
  readonly frozen?: Parameters;
  /** The tensors of a batch of cached rows. */
  readonly drawn: (cached: ContextBatch, random: Stream, progress: number) => Draw;
}

/** The energy distances of a student, and its loss on the held-out set where the method has one that tells anything. */
export function validationOf(
  { sampler, forwards }: MethodEntry,
  { options, training, steps }: DistilledStudent,
  config: HeadConfig,
  cache: TrajectoryCache & { readonly heldOut: PathSet },
  loss: LossOn | undefined,
): Validation {
  const counts = lookCounts(steps);
  const energy = energyMeasure(
    { config, sampler, counts },
    cache,
    energySizes(training, counts, forwards(options).student),
  );
  return {
    measures: [energy, ...(loss ? [lossMeasure(loss, cache.heldOut, lossSizes(training, cache.heldOut))] : [])],
    criterion,
  };
}

/**
 * The method's own loss (`heldOutLoss`) on one batch of the held-out set, of the weights as they are: what the logged loss
 * is on new batches of what is trained on. What changes over a training is as at its end.
 */
function lossMeasure(
  { drawn, ...loss }: LossOn,
  heldOut: PathSet,
  { contexts, draws }: ReturnType<typeof lossSizes>,
): Measure {
  return {
    ...loss,
    batch: async () => {
      const rows = Array.from({ length: contexts }, (_, b) => b % heldOut.facts.contexts);
      return drawn(await heldOut.batch(rows, draws, 0), stream('looks', 'loss'), 1);
    },
  };
}
