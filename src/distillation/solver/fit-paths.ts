import type { HostTensor } from '../../ground/host-tensor.ts';
import { type HostContext, mapParts } from '../../heads/context.ts';
import { rowsAt, rowsBetween } from '../../teachers/solve/chunk.ts';
import type { TrajectoryCache } from '../trajectory/cache.ts';
import { drawnPaths, statesAt } from '../trajectory/drawn-paths.ts';

/** Cached paths that a solver is fitted to, a row a context: plain data, so that any worker can have it. */
export interface FitPaths extends HostContext {
  readonly noise: HostTensor<Float32Array>; // [B, K, D]
  readonly ends: HostTensor<Float32Array>; // [B, K, D]
}

/** Paths of a cache, at most so many; the same of the same key, fewer being the first of more. */
export async function fitPaths(
  cache: TrajectoryCache,
  key: readonly (string | number)[],
  most: number,
): Promise<FitPaths> {
  const batch = await drawnPaths(cache, key, most);
  const context = mapParts<HostTensor<Float32Array>, HostTensor<Float32Array>>(batch, (tensor) => tensor);
  return { ...context, noise: statesAt(batch, 0), ends: statesAt(batch, batch.grid.length - 1) };
}

/** How many contexts they have. */
export const contextsOf = ({ w }: FitPaths): number => w.data.length;

/** How many draws each context has. */
export const drawsOf = ({ noise }: FitPaths): number => noise.shape[1] ?? 1;

/** How many paths they are. */
export const countOf = (paths: FitPaths): number => contextsOf(paths) * drawsOf(paths);

const mapPaths = (
  { noise, ends, ...context }: FitPaths,
  map: (tensor: HostTensor<Float32Array>) => HostTensor<Float32Array>,
): FitPaths => ({ ...mapParts(context, map), noise: map(noise), ends: map(ends) });

/** The paths of the contexts from `start` to before `end`. */
export const pathsBetween = (paths: FitPaths, start: number, end: number): FitPaths =>
  mapPaths(paths, (tensor) => rowsBetween(tensor, start, end));

/** The paths of some contexts. */
export const pathsOf = (paths: FitPaths, contexts: readonly number[]): FitPaths =>
  mapPaths(paths, (tensor) => rowsAt(tensor, contexts));

/** The mean distance of ends from those of the same noise; infinite where an end is not finite. */
export function meanDistance(found: HostTensor<Float32Array>, { ends }: Pick<FitPaths, 'ends'>): number {
  const token = ends.shape.at(-1) ?? 1;
  let [sum, square] = [0, 0];
  for (let i = 0; i < ends.data.length; i++) {
    square += ((found.data[i] ?? 0) - (ends.data[i] ?? 0)) ** 2;
    if ((i + 1) % token > 0) continue;
    sum += Math.sqrt(square);
    square = 0;
  }
  return Number.isFinite(sum) ? (sum * token) / ends.data.length : Number.POSITIVE_INFINITY;
}
