import { basename, resolve } from 'node:path';
import { DataError } from '../../ground/errors.ts';
import { visibleMessage } from '../../ground/file/visible.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { Judge } from '../features/judge.ts';
import type { MeanAndCovariance } from '../statistics/moments.ts';
import { pickRows, type Rows } from '../statistics/rows.ts';
import { type ImageBatches, readToldReal } from './told-real.ts';

/** What rows are compared with, as a recipe tells it: features of its images, or moments of such alone. */
export interface ComparedReal {
  readonly real: { readonly real?: Rows; readonly moments?: MeanAndCovariance };
  /** For the report. */
  readonly statistics: { readonly name: string; readonly hash: string; readonly images?: number };
}

/** What a network sees: images of so many channels, of which it makes so many features, asked for by so many prompts. */
export interface SeenImages {
  readonly channels: 1 | 3;
  readonly size: number;
  readonly prompts: number;
}

/**
 * Reads statistics or images that a recipe names, and looks at images by its network. These come in a random order, and as
 * many as go round the prompts: neighbours are sought among the first, and a folder may be sorted. Throws FileError or
 * DataError, one line.
 */
export async function comparedReal(
  path: string,
  judge: Judge,
  { channels, size, prompts }: SeenImages,
): Promise<ComparedReal> {
  const told = await readToldReal(path, channels);
  const name = visibleMessage(basename(resolve(path)));
  if ('moments' in told) {
    const { length } = told.moments.mean;
    if (length !== size)
      throw new DataError(`${path}: expected statistics of the ${size} features of ${judge.name}, got ${length}`);
    return { real: { moments: told.moments }, statistics: { name, hash: told.hash } };
  }
  const all = await featuresOf(path, told.images, judge);
  const [images = 0] = all.shape;
  const whole = images - (images % prompts);
  if (whole < 2 * prompts)
    throw new DataError(`${path}: expected at least ${2 * prompts} images, two a prompt, got ${images}`);
  const order = stream('told-real', 1).permutation(images).subarray(0, whole);
  return { real: { real: pickRows(all, order) }, statistics: { name, hash: told.hash, images: whole } };
}

/** The most numbers of all features. */
const MOST = 2 ** 28;

/** What a network sees in images that `path` holds, row by row. Throws FileError or DataError. */
export async function featuresOf(path: string, batches: ImageBatches, judge: Judge): Promise<Rows> {
  const parts: HostTensor<Float32Array>[] = [];
  let [rows, numbers, size] = [0, 0, 0];
  for await (const images of batches) {
    const { features } = await judge.extract(images).catch((error: unknown) => {
      throw error instanceof DataError ? new DataError(`${path}: ${error.message}`, { cause: error }) : error;
    });
    parts.push(features);
    [rows, numbers, size] = [rows + (features.shape[0] ?? 0), numbers + features.data.length, features.shape[1] ?? 0];
    if (numbers > MOST) throw new DataError(`${path}: expected at most ${Math.floor(MOST / size)} images`);
  }
  const data = new Float32Array(numbers);
  let place = 0;
  for (const part of parts) {
    data.set(part.data, place);
    place += part.data.length;
  }
  return { shape: [rows, size], data };
}
