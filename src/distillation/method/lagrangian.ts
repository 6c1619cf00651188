import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { derivative } from '../../engine/graph/gradient.ts';
import { named } from '../../engine/graph/named.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import { jumpOf } from '../student/network.ts';
import { meanSquare } from './distance.ts';
import { type CachedBatch, type Draw, defineMethod } from './method.ts';

const options = z.strictObject({
  diagonal: z.number().min(0).max(1).default(0.75).describe('share of contexts at s = t, where the slope is learnt'),
  centre: z.number().default(0.4).describe('times are the logistic function of N(centre, 1)'),
});

/**
 * Lagrangian map distillation (arXiv 2505.18825, eq. 12): where the jump X_{s,t}(x_s) lands, it must move on as the
 * teacher does, ∂_t X_{s,t}(x_s) = v(X_{s,t}(x_s), t). On the diagonal, s = t, that is u(x_t, t, t) = v(x_t, t). The
 * derivative in t is exact; x_s is a cached state.
 */
export const lagrangian = defineMethod({
  title: 'Lagrangian map distillation',
  source: 'arXiv 2505.18825, with the shares and times of pocket-tts (Kyutai)',
  options,
  sampler: 'flow-map',
  forwards: { student: 7, teacher: 1 },
  needs: { teacher: true },
  create: ({ diagonal, centre }) => ({
    specs: ({ contexts, draws, token }) => ({
      x_s: { shape: [contexts, draws, token] },
      s: { shape: [contexts] },
      t: { shape: [contexts] },
    }),
    draw: (cached, random) => drawTimes(cached, random, { diagonal, centre }),
    targets: (u, batch, teacher) => {
      const t = named(batch, 't');
      return { slope: teacher(jumpOf(u)(named(batch, 'x_s'), named(batch, 's'), t), t) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const { tangent } = derivative((time) => jumpOf(u)(x, s, time), t, tf.onesLike(t));
      return meanSquare(tangent, named(targets, 'slope'));
    },
  }),
});

/** States x_s at the grid's time s nearest to the earlier of two drawn times, and the later one or, on the diagonal, s. */
function drawTimes(cached: CachedBatch, random: Stream, { diagonal, centre }: z.output<typeof options>): Draw {
  const { contexts, draws, token, grid } = cached;
  const time = (value: number): number => 1 / (1 + Math.exp(-value - centre));
  const [first, second] = [random.normal(contexts).map(time), random.normal(contexts).map(time)];
  const still = random.uniform(contexts);
  const drawn = { x_s: zeros([contexts, draws, token]), s: zeros([contexts]), t: zeros([contexts]) };
  for (let b = 0; b < contexts; b++) {
    const [one, other] = [first[b] ?? 0, second[b] ?? 0];
    const near = nearest(grid, Math.min(one, other));
    const s = grid[near] ?? 0;
    drawn.x_s.data.set(cached.state(b, near), b * draws * token);
    drawn.s.data[b] = s;
    drawn.t.data[b] = (still[b] ?? 0) < diagonal ? s : Math.max(s, one, other);
  }
  return drawn;
}

/** The place of the grid's time nearest to a time. */
const nearest = (grid: Float32Array, time: number): number =>
  grid.reduce((best, value, g) => (Math.abs(value - time) < Math.abs((grid[best] ?? 0) - time) ? g : best), 0);
