import type { TensorSpec } from '../../engine/graph/program.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { BatchShape, CachedBatch, Draw } from './method.ts';

/** A cached state x_s [B, K, D] at s [B], and a time t ≥ s [B]. */
export const timesSpecs = ({ contexts, draws, token }: BatchShape): Record<string, TensorSpec> => ({
  x_s: { shape: [contexts, draws, token] },
  s: { shape: [contexts] },
  t: { shape: [contexts] },
});

/** A cached state x_s [B, K, D] at s [B]. */
export function statesSpecs(shape: BatchShape): Record<string, TensorSpec> {
  const { t: _, ...specs } = timesSpecs(shape);
  return specs;
}

/** How times are drawn: the logistic function of N(centre, spread²). */
export interface TimesOptions {
  readonly centre: number;
  /** 1 unless given. */
  readonly spread?: number;
}

const times = (random: Stream, count: number, { centre, spread = 1 }: TimesOptions): Float32Array =>
  random.normal(count).map((value) => 1 / (1 + Math.exp(-spread * value - centre)));

/**
 * States x_s at the grid's time s nearest to the earlier of two drawn times, and the later one or, of a share of the
 * contexts, s again.
 */
export function drawTimes(
  cached: CachedBatch,
  random: Stream,
  { diagonal, ...options }: TimesOptions & { readonly diagonal: number },
): Draw {
  const { contexts } = cached;
  const [first, second] = [times(random, contexts, options), times(random, contexts, options)];
  const still = random.uniform(contexts);
  return statesAt(cached, (b) => {
    const [one, other] = [first[b] ?? 0, second[b] ?? 0];
    const near = nearest(cached.grid, Math.min(one, other));
    const s = cached.grid[near] ?? 0;
    return { at: near, t: (still[b] ?? 0) < diagonal ? s : Math.max(s, one, other) };
  });
}

/** States x_s at the grid's time s nearest to a drawn time. */
export function drawStates(cached: CachedBatch, random: Stream, options: TimesOptions): Draw {
  const drawn = times(random, cached.contexts, options);
  const { t: _, ...states } = statesAt(cached, (b) => ({ at: nearest(cached.grid, drawn[b] ?? 0), t: 0 }));
  return states;
}

/** The cached states at a chosen place of the grid, with a later time each. */
export function statesAt(
  cached: CachedBatch,
  choose: (b: number) => { readonly at: number; readonly t: number },
): { readonly x_s: Tensor; readonly s: Tensor; readonly t: Tensor } {
  const { contexts, draws, token, grid } = cached;
  const drawn = { x_s: zeros([contexts, draws, token]), s: zeros([contexts]), t: zeros([contexts]) };
  for (let b = 0; b < contexts; b++) {
    const { at, t } = choose(b);
    drawn.x_s.data.set(cached.state(b, at), b * draws * token);
    drawn.s.data[b] = grid[at] ?? Number.NaN;
    drawn.t.data[b] = t;
  }
  return drawn;
}

type Tensor = ReturnType<typeof zeros>;

/** The place of the grid's time nearest to a time. */
export const nearest = (grid: Float32Array, time: number): number =>
  grid.reduce((best, value, g) => (Math.abs(value - time) < Math.abs((grid[best] ?? 0) - time) ? g : best), 0);
