import { writeAtomic } from '../../ground/file/atomic.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { imageGrid } from '../../teachers/data/image-grid.ts';

/** Pictures of a set [N, height, width, …], and whether they are shown as ink on paper. */
export interface Pictures {
  readonly pictures: HostTensor<Float32Array>;
  readonly inverted: boolean;
}

/** Ten columns, one a prompt, six rows. */
const GRID = { count: 60, columns: 10 };

/** Writes the first images as a PNG. */
export const writeSampleGrid = async (path: string, { pictures, inverted }: Pictures): Promise<void> =>
  writeAtomic(path, await imageGrid(pictures, { ...GRID, inverted }));
