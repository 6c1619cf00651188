import { type NpzArray, openNpz } from '../../ground/checkpoint/npz.ts';
import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { MeanAndCovariance } from '../statistics/moments.ts';

/** The most features whose covariance is read. */
const MOST = 4096;

/** Mean `mu` [d] and covariance `sigma` [d, d] of a .npz file; undefined where it has images. Throws FileError or DataError. */
export async function readMoments(path: string): Promise<MeanAndCovariance | undefined> {
  const file = await openNpz(path);
  try {
    if (file.names.includes('arr_0')) return undefined;
    const [mean, covariance] = [await file.array('mu'), await file.array('sigma')];
    const [size = 0] = mean.shape;
    if (mean.shape.length !== 1 || size < 1 || size > MOST)
      throw new DataError(`${mean.place}: expected a mean of 1 to ${MOST} features, got [${mean.shape.join(', ')}]`);
    if (covariance.shape.join() !== [size, size].join())
      throw new DataError(`${covariance.place}: expected [${size}, ${size}], got [${covariance.shape.join(', ')}]`);
    const found = { mean: await numbersOf(mean), covariance: await numbersOf(covariance) };
    checkCovariance(covariance.place, found.covariance, size);
    return found;
  } finally {
    await file.close();
  }
}

async function numbersOf(array: NpzArray): Promise<Float64Array> {
  const numbers = await array.doubles();
  const odd = numbers.findIndex((number) => !Number.isFinite(number));
  if (odd >= 0) throw new DataError(`${array.place}: expected finite numbers, got ${numbers[odd]} at element ${odd}`);
  return numbers;
}

/** How far a matrix may be from symmetric, as a share of its largest variance. */
const ASYMMETRY = 1e-5;

function checkCovariance(place: string, matrix: Float64Array, size: number): void {
  let largest = 0;
  for (let i = 0; i < size; i++) {
    const variance = matrix[i * (size + 1)] as number;
    if (variance < 0)
      throw new DataError(`${place}: expected a covariance, got the variance ${variance} of feature ${i}`);
    largest = Math.max(largest, variance);
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++)
      if (Math.abs((matrix[i * size + j] as number) - (matrix[j * size + i] as number)) > ASYMMETRY * largest)
        throw new DataError(
          `${place}: expected a symmetric matrix, got another value at [${i}, ${j}] than at [${j}, ${i}]`,
        );
}

/** Bytes of images that are read at once. */
const READ = 1 << 24;

/** The images `arr_0` [N, height, width, channels], bytes, of a .npz file, batch by batch. Throws FileError or DataError. */
export async function* archivedImages(path: string, channels: 1 | 3): AsyncGenerator<HostTensor<Float32Array>> {
  const file = await openNpz(path);
  try {
    const { place, dtype, shape, rows } = await file.array('arr_0');
    const [count = 0, height = 0, width = 0, depth = 0] = shape;
    if (shape.length !== 4 || dtype !== 'U8' || depth !== channels || count < 2 || height * width < 1)
      throw new DataError(
        `${place}: expected images [N, height, width, ${channels}] of bytes, got ${dtype} [${shape.join(', ')}]`,
      );
    const step = Math.max(1, Math.min(64, Math.floor(READ / (height * width * depth))));
    for (let from = 0; from < count; from += step) {
      const to = Math.min(count, from + step);
      const { data } = await rows(from, to);
      const sides = channels === 1 ? [height, width] : [height, width, channels];
      yield { shape: [to - from, ...sides], data: Float32Array.from(data, (byte) => byte / 255) };
    }
  } finally {
    await file.close();
  }
}
