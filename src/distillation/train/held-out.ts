/**
 * What a training is measured by while it goes on: its loss and the energy distance of its ends on the held-out set, and the
 * same distance on contexts that it is trained on. Where the second falls and the first does not, it learns these by heart.
 */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { TensorSpec } from '../../engine/graph/program.ts';
import { prefixed, unprefixed } from '../../engine/training/prefix.ts';
import type { Measure } from '../../engine/training/validation.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import { energyDistance } from '../method/distance.ts';
import { meanVelocity } from '../student/network.ts';
import { sample } from '../student/sampler/sample.ts';
import { type SamplerName, samplers } from '../student/sampler/table.ts';
import type { PathSet, TrajectoryCache } from '../trajectory/cache.ts';
import { statesAt } from '../trajectory/drawn-paths.ts';
import type { EnergySizes } from './look-sizes.ts';

/** The logged value that the best weights have least of. */
export const criterion = 'heldOutEnergy';

/** How the student whose ends are measured takes steps. */
export interface MeasuredStudent {
  readonly config: HeadConfig;
  readonly sampler: SamplerName;
  /** The step counts whose mean distance is taken. */
  readonly counts: readonly number[];
}

/** A set of paths, and which contexts of it are looked at. */
interface LookedAt {
  readonly set: PathSet;
  readonly rows: readonly number[];
}

/**
 * The energy distance of the averaged student's ends to the teacher's, of each context, from noise of the student's own that
 * is the same at every look: the mean over contexts and step counts. Of contexts held out (`heldOutEnergy`), and of as
 * many that are trained on (`trainedEnergy`), where the cache has two draws of them. Its times are equal.
 */
export function energyMeasure(
  student: MeasuredStudent,
  { heldOut, ...trained }: TrajectoryCache & { readonly heldOut: PathSet },
  { contexts, draws }: EnergySizes,
): Measure {
  if (heldOut.facts.draws < 2)
    throw new UsageError(`held-out set: expected at least 2 draws a context, got ${heldOut.facts.draws}`);
  const order = stream('looks', 'trained').permutation(trained.facts.contexts);
  const sets: Readonly<Record<string, LookedAt>> = {
    heldOut: {
      set: heldOut,
      rows: Array.from({ length: Math.min(contexts, heldOut.facts.contexts) }, (_, row) => row),
    },
    ...(trained.facts.draws > 1 && { trained: { set: trained, rows: Array.from(order.subarray(0, contexts)) } }),
  };
  const each = Object.entries(sets);
  return {
    batchSpecs: merged(each.map(([name, { set, rows }]) => prefixed(name, specsOf(student, set, rows.length, draws)))),
    batch: async () => {
      const batches: Record<string, HostTensor>[] = [];
      for (const [name, looked] of each) batches.push(prefixed(name, await feedsOf(student, name, looked, draws)));
      return merged(batches);
    },
    values: (_, batch, average) =>
      Object.fromEntries(
        each.map(([name]) => {
          const own = unprefixed(name, batch);
          const u = meanVelocity(average, student.config, contextOf(student.config, own));
          const distances = student.counts.map((count) => {
            const fresh = freshPart(own.fresh, count);
            const ends = sample(student.sampler, u, named(own, 'noise'), uniformTimes(count), fresh);
            return tf.mean(energyDistance(ends, named(own, 'ends')));
          });
          return [`${name}Energy`, tf.div(tf.addN(distances), distances.length)];
        }),
      ),
  };
}

const merged = <Value>(records: readonly Readonly<Record<string, Value>>[]): Record<string, Value> =>
  Object.assign({}, ...records);

/** The new noises of a count's moves, the first of all that are drawn. */
function freshPart(all: tf.Tensor | undefined, count: number): tf.Tensor | undefined {
  if (all === undefined || count === 1) return undefined;
  const [contexts = 1, , draws = 1, token = 1] = all.shape;
  return tf.slice(all, [0, 0, 0, 0], [contexts, count - 1, draws, token]);
}

/** How many new noises its longest way takes. */
const freshOf = ({ sampler, counts }: MeasuredStudent): number =>
  samplers[sampler].renoises ? Math.max(...counts) - 1 : 0;

function specsOf(student: MeasuredStudent, set: PathSet, contexts: number, draws: number): Record<string, TensorSpec> {
  const { config } = student;
  const fresh = freshOf(student);
  return {
    noise: { shape: [contexts, draws, config.token] },
    ends: { shape: [contexts, set.facts.draws, config.token] },
    ...(fresh > 0 && { fresh: { shape: [contexts, fresh, draws, config.token] } }),
    ...contextSpecs(config, contexts),
  };
}

/** Noises of streams of their own: the cached ones are others, however many draws of them are compared with. */
async function feedsOf(
  student: MeasuredStudent,
  name: string,
  { set, rows }: LookedAt,
  draws: number,
): Promise<Record<string, HostTensor>> {
  const { config } = student;
  const paths = await set.batch(rows, set.facts.draws, 0);
  const drawn = (what: string, ...shape: number[]): HostTensor => ({
    shape,
    data: stream('looks', name, what).normal(shape.reduce((product, size) => product * size, 1)),
  });
  const fresh = freshOf(student);
  return {
    noise: drawn('noise', rows.length, draws, config.token),
    ends: statesAt(paths, paths.grid.length - 1),
    ...(fresh > 0 && { fresh: drawn('fresh', rows.length, fresh, draws, config.token) }),
    ...contextFeeds(config, paths),
  };
}
