import { writeAtomic } from '../../ground/file/atomic.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { joined } from '../../heads/original/rows.ts';
import { imageGrid } from '../../teachers/data/image-grid.ts';
import { rowsAt } from '../../teachers/solve/chunk.ts';
import { nearestAmongReal } from '../metric/shared.ts';
import { mostLike } from '../statistics/nearest-set.ts';
import type { ImageReference } from './reference.ts';

/** Images that are shown with their neighbours, one a column. */
const COLUMNS = 12;

/** A set of images [N, height, width, …] and their features [N, d]. */
interface SampledImages {
  readonly images: HostTensor<Float32Array>;
  readonly features: HostTensor<Float32Array>;
}

/**
 * Draws the images that look most like copies of what the teacher was trained on: in a column one of them, below it the trained
 * image that is nearest by features, and the nearest other real one. Tells whether it did: not where trained images are unknown.
 */
export async function writeNeighbourGrid(
  path: string,
  { images, features }: SampledImages,
  { trained, real, pictures }: Pick<ImageReference, 'trained' | 'real' | 'pictures'>,
  inverted: boolean,
): Promise<boolean> {
  if (trained === undefined || real === undefined || pictures?.trained === undefined) return false;
  const shown = mostLike(nearestAmongReal(features, trained, real.rows), COLUMNS);
  if (shown.length === 0) return false;
  const rows = [
    rowsAt(
      images,
      shown.map(({ row }) => row),
    ),
    rowsAt(
      pictures.trained,
      shown.map(({ first }) => first.index),
    ),
    rowsAt(
      pictures.real,
      shown.map(({ second }) => second.index),
    ),
  ];
  const shape = [rows.length * shown.length, ...images.shape.slice(1)];
  const grid = await imageGrid(
    { shape, data: joined(rows.map(({ data }) => data)) },
    { columns: shown.length, inverted },
  );
  await writeAtomic(path, grid);
  return true;
}
