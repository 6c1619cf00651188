import type { TensorSpec } from '../../engine/graph/program.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { JumpKnobs } from './knobs.ts';
import type { BatchShape, CachedBatch, Draw } from './method.ts';

/** Two cached points of each trajectory: x_s [B, K, D] at s [B] and x_t [B, K, D] at the later t [B]. */
export const pairSpecs = ({ contexts, draws, token }: BatchShape): Record<string, TensorSpec> => ({
  x_s: { shape: [contexts, draws, token] },
  x_t: { shape: [contexts, draws, token] },
  s: { shape: [contexts] },
  t: { shape: [contexts] },
});

/** The cached states at the grid indices chosen for each context. */
export function drawPairs(cached: CachedBatch, choose: (b: number) => readonly [from: number, to: number]): Draw {
  const { contexts, draws, token, grid } = cached;
  const pair = {
    x_s: zeros([contexts, draws, token]),
    x_t: zeros([contexts, draws, token]),
    s: zeros([contexts]),
    t: zeros([contexts]),
  };
  for (let b = 0; b < contexts; b++) {
    const [from, to] = choose(b);
    pair.x_s.data.set(cached.state(b, from), b * draws * token);
    pair.x_t.data.set(cached.state(b, to), b * draws * token);
    pair.s.data[b] = grid[from] ?? Number.NaN;
    pair.t.data[b] = grid[to] ?? Number.NaN;
  }
  return pair;
}

/**
 * Cached s < t of each context: a share `endpoint` from noise to data; of the others a share `even` a step of a sampler
 * whose number of equal steps is one of `counts` (at the nearest cached times), and the rest at random.
 */
export function drawJumps(cached: CachedBatch, random: Stream, { endpoint, even, counts }: JumpKnobs): Draw {
  const { contexts } = cached;
  const last = cached.grid.length - 1;
  const whole = random.uniform(contexts);
  const first = random.integers(contexts, last);
  const ahead = random.uniform(contexts);
  const [kind, count, place] = [
    random.uniform(contexts),
    random.integers(contexts, counts.length),
    random.uniform(contexts),
  ];
  return drawPairs(cached, (b) => {
    if ((whole[b] ?? 1) < endpoint) return [0, last];
    if ((kind[b] ?? 1) < even) return evenStep(last, counts[count[b] ?? 0] ?? 1, place[b] ?? 0);
    const from = first[b] ?? 0;
    return [from, from + 1 + Math.floor((ahead[b] ?? 0) * (last - from))];
  });
}

/** The ends on a grid of `last` intervals of one of `count` equal steps, at most one an interval; `place` from 0 to 1. */
function evenStep(last: number, count: number, place: number): readonly [from: number, to: number] {
  const steps = Math.min(count, last);
  const step = Math.floor(place * steps);
  return [Math.round((step * last) / steps), Math.round(((step + 1) * last) / steps)];
}
