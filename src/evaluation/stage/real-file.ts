/** `evaluation/real.safetensors`: what a run's images are compared with beside its rows, so that its numbers can be recomputed. */
import { FileError } from '../../ground/errors.ts';
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Blank } from '../../teachers/teacher.ts';

/** What the file holds: features [N, d], of two disjoint sets of real images and of trained ones; pictures of the first of these. */
export interface RealContent {
  readonly real: HostTensor<Float32Array>;
  readonly realOther: HostTensor<Float32Array>;
  /** Where the teacher tells what it was trained on. */
  readonly trained?: HostTensor<Float32Array>;
  /** The first images [n, height, width, …] of `real` and of `trained`. */
  readonly pictures?: { readonly real: HostTensor<Float32Array>; readonly trained?: HostTensor<Float32Array> };
  /** The classes of the prompts [N]. */
  readonly labels: Int32Array;
  readonly blank: Blank;
}

/** Writes the features, the prompts' classes [N] and the blank token [D], sealed. */
export async function writeRealFile(
  path: string,
  {
    real,
    realOther,
    trained,
    pictures,
    labels,
    blank,
    network,
  }: RealContent & { readonly network: { readonly hash: string } },
): Promise<void> {
  const vector = <Data extends Float32Array | Int32Array>(data: Data): HostTensor<Data> => ({
    shape: [data.length],
    data,
  });
  const tensors = {
    ...{ features: real, features_other: realOther, labels: vector(labels) },
    ...(trained && { features_trained: trained }),
    ...(pictures && { images: pictures.real }),
    ...(pictures?.trained && { images_trained: pictures.trained }),
    ...{ blank: vector(blank.value), blank_tolerance: vector(blank.tolerance) },
  };
  await writeSealed(path, tensors, { features: network.hash });
}

/** Reads it back. Throws FileError. */
export async function readRealFile(path: string): Promise<RealContent> {
  const { tensors } = await readSealed(path);
  const { features, features_other, features_trained, images, images_trained, labels, blank, blank_tolerance } =
    tensors as Partial<Written>;
  if (!features || !features_other || !labels || !blank || !blank_tolerance)
    throw new FileError(
      `${path}: expected features of real images, labels and a blank token; delete it to evaluate anew`,
    );
  return {
    ...{ real: features, realOther: features_other, labels: labels.data },
    ...(features_trained && { trained: features_trained }),
    ...(images && { pictures: { real: images, ...(images_trained && { trained: images_trained }) } }),
    blank: { value: blank.data, tolerance: blank_tolerance.data },
  };
}

/** The tensors of the file. */
type Written = Readonly<
  Record<
    'features' | 'features_other' | 'features_trained' | 'images' | 'images_trained' | 'blank' | 'blank_tolerance',
    HostTensor<Float32Array>
  >
> & { readonly labels: HostTensor<Int32Array> };
