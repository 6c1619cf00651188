import { DataError } from '../../ground/errors.ts';

/** How square images are cut into square patches, raster order over patches and inside one. */
export interface PatchGrid {
  /** Height and width of an image in pixels. */
  readonly image: number;
  /** Height and width of a patch in pixels. */
  readonly patch: number;
}

/** Patches an image. Throws DataError where patches do not tile the image. */
export function tokensPerImage({ image, patch }: PatchGrid): number {
  if (patch < 1 || image % patch !== 0) {
    throw new DataError(`patch: expected a divisor of ${image}, got ${patch}`);
  }
  return (image / patch) ** 2;
}

/** The place in an image of every value of its tokens: `pixel = order[token * patch² + channel]`. */
function patchOrder(grid: PatchGrid): Uint32Array {
  const { image, patch } = grid;
  const across = image / patch;
  const order = new Uint32Array(tokensPerImage(grid) * patch * patch);
  for (let index = 0; index < order.length; index++) {
    const token = Math.floor(index / (patch * patch));
    const channel = index % (patch * patch);
    const row = Math.floor(token / across) * patch + Math.floor(channel / patch);
    order[index] = row * image + (token % across) * patch + (channel % patch);
  }
  return order;
}

/** Images [N, S, S] as tokens [N, T, P²]; values are moved, never changed. */
export function toPatches<Data extends Uint8Array | Float32Array>(images: Data, grid: PatchGrid): Data {
  return permute(images, grid, (out, index, pixel) => {
    out[index] = images[pixel] ?? 0;
  });
}

/** Tokens [N, T, P²] as images [N, S, S]: the inverse of `toPatches`. */
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
