import { DataError } from '../../ground/errors.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';

/** Draws of a distribution in each of several contexts: [E, S, D]. */
export type Draws = HostTensor<Float32Array>;

/** The sizes of draws: E contexts, S draws a context, D dimensions. */
export interface DrawsSize {
  readonly contexts: number;
  readonly draws: number;
  readonly size: number;
}

/** The sizes. Throws DataError on another rank, fewer than `atLeast` draws a context, NaN or infinity. */
export function checkDraws({ shape, data }: Draws, name: string, atLeast = 1): DrawsSize {
  const [contexts = 0, draws = 0, size = 0, ...rest] = shape;
  if (rest.length > 0 || contexts * size < 1 || draws < atLeast || data.length !== contexts * draws * size) {
    throw new DataError(
      `${name}: expected draws [contexts, ≥ ${atLeast}, D], got [${shape.join(', ')}] with ${data.length} values`,
    );
  }
  checkFinite(data, name);
  return { contexts, draws, size };
}

/** The draws of one context [S·D]: a view. */
export function drawsIn({ shape: [, draws = 0, size = 0], data }: Draws, context: number): Float32Array {
  return data.subarray(context * draws * size, (context + 1) * draws * size);
}

/** Checks both and that they are about the same contexts and dimensions. Throws DataError. */
export function checkSameContexts(a: Draws, b: Draws, atLeast = 1): readonly [DrawsSize, DrawsSize] {
  const left = checkDraws(a, 'samples', atLeast);
  const right = checkDraws(b, 'reference', atLeast);
  if (left.contexts !== right.contexts || left.size !== right.size) {
    throw new DataError(
      `samples and reference: expected the same contexts and dimensions, got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    );
  }
  return [left, right];
}
