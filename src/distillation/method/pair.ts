import type { TensorSpec } from '../../engine/graph/program.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
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

/** Random cached s < t of each context; a share `endpoint` of them from noise to data. */
export function drawJumps(cached: CachedBatch, random: Stream, endpoint: number): Draw {
  const last = cached.grid.length - 1;
  const whole = random.uniform(cached.contexts);
  const first = random.integers(cached.contexts, last);
  const ahead = random.uniform(cached.contexts);
  return drawPairs(cached, (b) => {
    if ((whole[b] ?? 1) < endpoint) return [0, last];
    const from = first[b] ?? 0;
    return [from, from + 1 + Math.floor((ahead[b] ?? 0) * (last - from))];
  });
}
