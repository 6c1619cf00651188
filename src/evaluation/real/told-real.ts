/**
 * What a recipe puts in the place of the data set's held-out images: statistics that another program computed on the same
 * network's features, or images. `.npz` files are those of pytorch-fid, torch-fidelity and clean-fid (`mu`, `sigma`) and of
 * ADM's evaluator, which has images, too (`arr_0`; its `mu_s` and `sigma_s` are not read).
 */
import { openNpz } from '../../ground/checkpoint/npz.ts';
import { kindOf } from '../../ground/checkpoint/source.ts';
import { DataError } from '../../ground/errors.ts';
import { sha256, sha256File } from '../../ground/file/sha256.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { picturesIn, readPicture } from '../../teachers/data/picture-folder.ts';
import type { MeanAndCovariance } from '../statistics/moments.ts';
import { archivedImages, readMoments } from './statistics-file.ts';

/** Images in the order of their source, a few of one size at a time. */
export type ImageBatches = AsyncGenerator<HostTensor<Float32Array>>;

/** Real images as a recipe tells them: their moments alone, or themselves. */
export type ToldReal =
  | { readonly hash: string; readonly moments: MeanAndCovariance }
  | { readonly hash: string; readonly images: ImageBatches };

/** Reads what a path holds. Throws FileError or DataError, one line. */
export async function readToldReal(path: string, channels: 1 | 3): Promise<ToldReal> {
  if ((await kindOf(path)) === 'folder') {
    const files = await picturesIn(path);
    return { hash: await hashOf(files), images: folderImages(files, channels) };
  }
  const hash = await sha256File(path);
  const moments = await readMoments(path);
  return moments === undefined ? { hash, images: archivedImages(path, channels) } : { hash, moments };
}

/** Looks hours before its use whether a path holds any of it. Throws FileError or DataError, one line. */
export async function checkToldReal(path: string): Promise<void> {
  if ((await kindOf(path)) === 'folder') {
    await picturesIn(path);
    return;
  }
  const { names, close } = await openNpz(path);
  await close();
  if (!names.includes('arr_0') && !(names.includes('mu') && names.includes('sigma')))
    throw new DataError(`${path}: expected arrays mu and sigma, or images arr_0, got ${names.join(', ') || 'none'}`);
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) hashes.push(await sha256File(file));
  return sha256(JSON.stringify(hashes));
}

/** Images of one size that are looked at together. */
const TOGETHER = 64;

/** Pictures of files in their order, those of one size together. Throws FileError or DataError. */
export async function* folderImages(files: readonly string[], channels: 1 | 3): ImageBatches {
  let batch: HostTensor<Float32Array>[] = [];
  for (const file of files) {
    const image = await readPicture(file, channels);
    const [first] = batch;
    if (first !== undefined && (batch.length === TOGETHER || first.shape.join() !== image.shape.join())) {
      yield joinedImages(batch);
      batch = [];
    }
    batch.push(image);
  }
  yield joinedImages(batch);
}

function joinedImages(images: readonly HostTensor<Float32Array>[]): HostTensor<Float32Array> {
  const [first] = images;
  const size = first?.data.length ?? 0;
  const data = new Float32Array(images.length * size);
  images.forEach((image, index) => {
    data.set(image.data, index * size);
  });
  return { shape: [images.length, ...(first?.shape.slice(1) ?? [])], data };
}
