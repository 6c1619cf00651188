import { DataError } from '../../ground/errors.ts';
import type { ImageFormat } from './image-data-set.ts';

/** How images are cut into square patches: raster order over patches and inside one, a pixel's channels together. */
export interface PatchGrid extends ImageFormat {
  /** Height and width of a patch in pixels. */
  readonly patch: number;
}

/** Patches an image. Throws DataError where patches do not tile the image. */
export function tokensPerImage({ size: [height, width], patch }: PatchGrid): number {
  for (const side of [height, width]) {
    if (patch < 1 || side % patch !== 0) throw new DataError(`patch: expected a divisor of ${side}, got ${patch}`);
  }
  return (height / patch) * (width / patch);
}

/** Values of a patch. */
export const tokenLength = ({ patch, channels }: Pick<PatchGrid, 'patch' | 'channels'>): number =>
  patch * patch * channels;

/** The place in an image of every value of its tokens: `value = order[token * tokenLength + place]`. */
function patchOrder(grid: PatchGrid): Uint32Array {
  const { size, patch, channels } = grid;
  const [, width] = size;
  const across = width / patch;
  const values = tokenLength(grid);
  const order = new Uint32Array(tokensPerImage(grid) * values);
  for (let index = 0; index < order.length; index++) {
    const token = Math.floor(index / values);
    const pixel = Math.floor((index % values) / channels);
    const row = Math.floor(token / across) * patch + Math.floor(pixel / patch);
    const column = (token % across) * patch + (pixel % patch);
    order[index] = (row * width + column) * channels + (index % channels);
  }
  return order;
}

/** Images [N, H, W, C] as tokens [N, T, P²·C]; values are moved, never changed. */
export function toPatches<Data extends Uint8Array | Float32Array>(images: Data, grid: PatchGrid): Data {
  return permute(images, grid, (out, index, pixel) => {
    out[index] = images[pixel] ?? 0;
  });
}

/** Tokens [N, T, P²·C] as images [N, H, W, C]: the inverse of `toPatches`. */
export function fromPatches<Data extends Uint8Array | Float32Array>(tokens: Data, grid: PatchGrid): Data {
  return permute(tokens, grid, (out, index, pixel) => {
    out[pixel] = tokens[index] ?? 0;
  });
}

function permute<Data extends Uint8Array | Float32Array>(
  source: Data,
  grid: PatchGrid,
  move: (out: Data, index: number, pixel: number) => void,
): Data {
  const order = patchOrder(grid);
  if (source.length % order.length !== 0) {
    throw new DataError(`images: expected a multiple of ${order.length} values, got ${source.length}`);
  }
  // not slice(): that of a Buffer would share the memory
  const out = (
    source instanceof Float32Array ? new Float32Array(source.length) : new Uint8Array(source.length)
  ) as Data;
  for (let start = 0; start < source.length; start += order.length) {
    for (let index = 0; index < order.length; index++) move(out, start + index, start + (order[index] ?? 0));
  }
  return out;
}
