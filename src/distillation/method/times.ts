import { z } from 'zod';
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

/** How times are drawn: the logistic function of N(centre, spread²), but for a share of the contexts. */
export interface TimesOptions {
  readonly centre: number;
  /** 1 unless given. */
  readonly spread?: number;
  /**
   * Share of contexts whose times are uniform, ends included. The logistic function all but leaves out noise (one time in
   * ten thousand is below 1/32 with a centre of 0.4), where every sampler starts, and data, where it ends.
   */
  readonly uniform: number;
}

/** How the times of jumps are drawn. */
export interface JumpTimesOptions extends TimesOptions {
  /** Share of contexts that stand still, s = t. */
  readonly diagonal: number;
  /**
   * Share of the uniform jumps that end at data, from any time; the others begin at noise and end anywhere. What a method
   * derives in the start of a jump is handed on from jumps with the same end, and what it derives in the end, from jumps
   * with the same start.
   */
  readonly toData: number;
}

/** The knob of the same name. */
export const uniform = z
  .number()
  .min(0)
  .max(1)
  .default(0.5)
  .describe('share of contexts whose times are uniform, noise and data included');

const times = (random: Stream, count: number, { centre, spread = 1 }: TimesOptions): Float32Array =>
  random.normal(count).map((value) => 1 / (1 + Math.exp(-spread * value - centre)));

/**
 * States x_s at the grid's time s nearest to the earlier of two drawn times, and the later one or, of a share of the
 * contexts, s again.
 */
export function drawTimes(
  cached: CachedBatch,
  random: Stream,
  { diagonal, toData, ...options }: JumpTimesOptions,
): Draw {
  const { contexts } = cached;
  const [first, second] = [times(random, contexts, options), times(random, contexts, options)];
  const still = random.uniform(contexts);
  const evenly = uniformTimes(cached, random, options);
  return statesAt(cached, (b) => {
    const stands = (still[b] ?? 0) < diagonal;
    const even = evenly(b);
    if (even !== undefined) return stands ? even.still : even.jump(toData);
    const [one, other] = [first[b] ?? 0, second[b] ?? 0];
    const near = nearest(cached.grid, Math.min(one, other));
    const s = cached.grid[near] ?? 0;
    return { at: near, t: stands ? s : Math.max(s, one, other) };
  });
}

/** States x_s at the grid's time s nearest to a drawn time; data itself, from where nothing moves, is not among them. */
export function drawStates(cached: CachedBatch, random: Stream, options: TimesOptions): Draw {
  const drawn = times(random, cached.contexts, options);
  const evenly = uniformTimes(cached, random, options);
  const { t: _, ...states } = statesAt(cached, (b) => ({
    at: evenly(b)?.before ?? nearest(cached.grid, drawn[b] ?? 0),
    t: 0,
  }));
  return states;
}

/** Of a share of the contexts, times that are uniform on the grid; of the others none. */
function uniformTimes({ contexts, grid }: CachedBatch, random: Stream, { uniform: share }: TimesOptions) {
  const last = grid.length - 1;
  const [drawn, place, side] = [random.uniform(contexts), random.uniform(contexts), random.uniform(contexts)];
  return (b: number) => {
    if ((drawn[b] ?? 1) >= share) return undefined;
    const at = (places: number): number => Math.floor((place[b] ?? 0) * places);
    const jump = (toData: number): { readonly at: number; readonly t: number } =>
      (side[b] ?? 0) < toData ? { at: at(last), t: 1 } : { at: 0, t: 1 - (place[b] ?? 0) };
    return { before: at(last), still: { at: at(last + 1), t: grid[at(last + 1)] ?? Number.NaN }, jump };
  };
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
