/** What earlier positions leave for later ones. Knows no tensor library, so that a browser decodes with it, too. */
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';

/** Keys and values of all positions by `key.<block>` and `value.<block>`: [B, heads, T, width / heads]; zero where not yet known. */
export type Cache = Readonly<Record<string, HostTensor<Float32Array>>>;

/** The tensors of a cache by name, without their rows: each is [heads, T, width / heads]. */
export function cacheShapes(config: BackboneConfig): Record<string, number[]> {
  const { heads, width, depth } = config;
  const shape = [heads, sequenceLength(config), width / heads];
  return Object.fromEntries(
    Array.from({ length: depth }, (_, index) => [`key.${index}`, `value.${index}`])
      .flat()
      .map((name) => [name, shape]),
  );
}

/** What the step's program calls a tensor of the cache; its outputs have the names without. */
export const pastName = (name: string): string => `past.${name}`;

/** A cache as the step's program takes it. */
export const pastFeeds = (cache: Cache): Cache =>
  Object.fromEntries(Object.entries(cache).map(([name, tensor]) => [pastName(name), tensor]));

/** An empty cache for a number of rows. */
export const emptyCache = (config: BackboneConfig, rows: number): Cache =>
  Object.fromEntries(
    Object.entries(cacheShapes(config)).map(([name, shape]) => {
      const whole = [rows, ...shape];
      return [name, { shape: whole, data: new Float32Array(sizeOf(whole)) }];
    }),
  );

/**
 * Copies new keys and values, [N, heads, n, width / heads], into the cache from a position on: row i of the cache gets those
 * of row `rows[i]`, its own unless given.
 */
export function remember(
  config: BackboneConfig,
  cache: Cache,
  fresh: Readonly<Record<string, HostTensor>>,
  from: number,
  rows?: ArrayLike<number>,
): void {
  const { heads } = config;
  const size = config.width / heads;
  const stride = sequenceLength(config) * size;
  for (const [name, { shape, data }] of Object.entries(cache)) {
    const update = fresh[name];
    if (update === undefined) continue;
    const length = (update.shape[2] ?? 0) * size;
    for (let row = 0; row < (shape[0] ?? 0); row++) {
      const source = (rows?.[row] ?? row) * heads;
      for (let head = 0; head < heads; head++) {
        const start = (source + head) * length;
        data.set(update.data.subarray(start, start + length), (row * heads + head) * stride + from * size);
      }
    }
  }
}
