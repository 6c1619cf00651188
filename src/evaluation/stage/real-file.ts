/** `evaluation/real.safetensors`: what a run's images are compared with beside its rows, so that its numbers can be recomputed. */
import { join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Blank } from '../../teachers/teacher.ts';
import type { MeanAndCovariance } from '../statistics/moments.ts';

/** The file of a run. */
export const realPath = (run: string): string => join(stageFolder(run, 'evaluation'), 'real.safetensors');

/** What the file holds: features [N, d], of two disjoint sets of real images and of trained ones; pictures of the first of these. */
export interface RealContent {
  /** What rows are compared with: features of real images, or mean and covariance of such. */
  readonly real?: HostTensor<Float32Array>;
  readonly moments?: MeanAndCovariance;
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
    moments,
    realOther,
    trained,
    pictures,
    labels,
    blank,
    network,
    statistics,
  }: RealContent & { readonly network: { readonly hash: string }; readonly statistics?: { readonly hash: string } },
): Promise<void> {
  const vector = <Data extends Float32Array | Int32Array>(data: Data): HostTensor<Data> => ({
    shape: [data.length],
    data,
  });
  const tensors = {
    ...{ features_other: realOther, labels: vector(labels) },
    ...(real && { features: real }),
    ...(moments && momentTensors(moments)),
    ...(trained && { features_trained: trained }),
    ...(pictures && { images: pictures.real }),
    ...(pictures?.trained && { images_trained: pictures.trained }),
    ...{ blank: vector(blank.value), blank_tolerance: vector(blank.tolerance) },
  };
  await writeSealed(path, tensors, { features: network.hash, ...(statistics && { statistics: statistics.hash }) });
}

/** Reads it back. Throws FileError. */
export async function readRealFile(path: string): Promise<RealContent> {
  const { tensors } = await readSealed(path);
  const { features, features_other, features_trained, images, images_trained, labels, blank, blank_tolerance } =
    tensors as Partial<Written>;
  const moments = momentsOf(tensors as Partial<Written>);
  if ((!features && !moments) || !features_other || !labels || !blank || !blank_tolerance)
    throw new FileError(
      `${path}: expected features of real images, labels and a blank token; delete it to evaluate anew`,
    );
  return {
    ...{ realOther: features_other, labels: labels.data },
    ...(features && { real: features }),
    ...(moments && { moments }),
    ...(features_trained && { trained: features_trained }),
    ...(images && { pictures: { real: images, ...(images_trained && { trained: images_trained }) } }),
    blank: { value: blank.data, tolerance: blank_tolerance.data },
  };
}

/** Float64 as two tensors of floats: numbers rounded, and what rounding left of them. */
function momentTensors({ mean, covariance }: MeanAndCovariance): Record<string, HostTensor<Float32Array>> {
  const size = mean.length;
  const tensor = (shape: readonly number[], data: Float32Array) => ({ shape, data });
  const rest = (data: Float64Array): Float32Array => Float32Array.from(data, (value) => value - Math.fround(value));
  return {
    mean: tensor([size], Float32Array.from(mean)),
    mean_rest: tensor([size], rest(mean)),
    covariance: tensor([size, size], Float32Array.from(covariance)),
    covariance_rest: tensor([size, size], rest(covariance)),
  };
}

function momentsOf({ mean, mean_rest, covariance, covariance_rest }: Partial<Written>): MeanAndCovariance | undefined {
  if (!mean || !mean_rest || !covariance || !covariance_rest) return undefined;
  const sum = (a: Float32Array, b: Float32Array): Float64Array =>
    Float64Array.from(a, (value, i) => value + (b[i] as number));
  return { mean: sum(mean.data, mean_rest.data), covariance: sum(covariance.data, covariance_rest.data) };
}

/** The tensors of the file. */
type Written = Readonly<
  Record<
    | 'features'
    | 'features_other'
    | 'features_trained'
    | 'images'
    | 'images_trained'
    | 'blank'
    | 'blank_tolerance'
    | 'mean'
    | 'mean_rest'
    | 'covariance'
    | 'covariance_rest',
    HostTensor<Float32Array>
  >
> & { readonly labels: HostTensor<Int32Array> };
