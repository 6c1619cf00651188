/** The energy distance of a student's ends on the held-out set, while it trains. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { TensorSpec } from '../../engine/graph/program.ts';
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
import type { PathSet } from '../trajectory/cache.ts';
import { ownEndsOf, statesAt } from '../trajectory/drawn-paths.ts';
import type { EnergySizes } from './look-sizes.ts';

/** The logged value that the best weights have least of. */
export const criterion = 'heldOutEnergy';

/** How the student whose ends are measured takes steps. */
export interface MeasuredStudent {
  readonly config: HeadConfig;
  readonly sampler: SamplerName;
  /** The step counts whose mean distance is taken. */
  readonly counts: readonly number[];
  /** Whether it learns ends of the system's own sampler, in the place of the teacher's. */
  readonly ownEnds?: boolean;
}

/**
 * The energy distance of the averaged student's ends to those that it learns, of each held-out context, in equal steps from noise of
 * the student's own, which is the same at every look and for every student: the mean over contexts and step counts.
 * Throws UsageError on fewer than two of them a context.
 */
export function energyMeasure(
  { config, sampler, counts, ownEnds = false }: MeasuredStudent,
  { facts, batch: pathsOf }: PathSet,
  { contexts: wanted, draws }: EnergySizes,
): Measure {
  const learnt = ownEnds ? (facts.ownEnds ?? 0) : facts.draws;
  if (learnt < 2)
    throw new UsageError(
      `held-out set: expected at least 2 ${ownEnds ? 'own ends' : 'draws'} a context, got ${learnt}`,
    );
  const contexts = Math.min(wanted, facts.contexts);
  const fresh = samplers[sampler].renoises ? Math.max(...counts) - 1 : 0; // noises of its longest way
  const state = [draws, config.token];
  const shapes = {
    noise: [contexts, ...state],
    ...(fresh > 0 && { fresh: [contexts, fresh, ...state] }),
  };
  const ends = { shape: [contexts, learnt, config.token] };
  return {
    batchSpecs: { ...mapped(shapes, (shape): TensorSpec => ({ shape })), ends, ...contextSpecs(config, contexts) },
    batches: async () => {
      const rows = Array.from({ length: contexts }, (_, row) => row);
      const paths = await pathsOf(rows, facts.draws, 0);
      const cached = {
        ends: ownEnds ? ownEndsOf(paths) : statesAt(paths, paths.grid.length - 1),
        ...contextFeeds(config, paths),
      };
      return { [criterion]: { ...mapped(shapes, drawn), ...cached } };
    },
    value: (_, batch, average) => {
      const u = meanVelocity(average, config, contextOf(config, batch));
      const distances = counts.map((count) => {
        const fresh = count > 1 && batch.fresh ? firstOf(batch.fresh, count - 1) : undefined;
        const landed = sample(sampler, u, named(batch, 'noise'), { times: uniformTimes(count), fresh });
        return tf.mean(energyDistance(landed, named(batch, 'ends')));
      });
      return tf.div(tf.addN(distances), distances.length);
    },
  };
}

/** Noise of a stream of its own: the cached one is another, however many draws of it are compared with. */
const drawn = (shape: readonly number[], name: string): HostTensor => ({
  shape,
  data: stream('looks', name).normal(shape.reduce((product, size) => product * size, 1)),
});

const mapped = <Value>(
  shapes: Readonly<Record<string, readonly number[]>>,
  value: (shape: readonly number[], name: string) => Value,
): Record<string, Value> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, value(shape, name)]));

/** The first new noises of all that are drawn [B, n, K, D]. */
function firstOf(fresh: tf.Tensor, count: number): tf.Tensor {
  const [contexts = 1, , draws = 1, token = 1] = fresh.shape;
  return tf.slice(fresh, [0, 0, 0, 0], [contexts, count, draws, token]);
}
