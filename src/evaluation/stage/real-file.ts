/** `evaluation/real.safetensors`: what a run's images are compared with beside its rows, so that its numbers can be recomputed. */
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Blank } from '../../teachers/teacher.ts';

/** What the file holds: features [N, d], of two disjoint sets of real images and of trained ones. */
export interface RealContent {
  readonly real: HostTensor<Float32Array>;
  readonly realOther: HostTensor<Float32Array>;
  /** Where the teacher tells what it was trained on. */
  readonly trained?: HostTensor<Float32Array>;
  /** The classes of the prompts [N]. */
  readonly labels: Int32Array;
  readonly blank: Blank;
}

/** Writes the features, the prompts' classes [N] and the blank token [D], sealed. */
export async function writeRealFile(
  path: string,
  { real, realOther, trained, labels, blank, network }: RealContent & { readonly network: { readonly hash: string } },
): Promise<void> {
  const vector = <Data extends Float32Array | Int32Array>(data: Data): HostTensor<Data> => ({
    shape: [data.length],
    data,
  });
  const tensors = {
    ...{ features: real, features_other: realOther, labels: vector(labels) },
    ...(trained && { features_trained: trained }),
    ...{ blank: vector(blank.value), blank_tolerance: vector(blank.tolerance) },
  };
  await writeSealed(path, tensors, { features: network.hash });
}

/** Reads it back. Throws FileError. */
export async function readRealFile(path: string): Promise<RealContent> {
  const { tensors } = await readSealed(path);
  const { features, features_other, features_trained, labels, blank, blank_tolerance } = tensors as unknown as Record<
    string,
    HostTensor<Float32Array> | undefined
  > & { readonly labels: HostTensor<Int32Array> };
  if (!features || !features_other || !blank || !blank_tolerance) throw new TypeError(`${path}: not what was written`);
  return {
    ...{ real: features, realOther: features_other, labels: labels.data },
    ...(features_trained && { trained: features_trained }),
    blank: { value: blank.data, tolerance: blank_tolerance.data },
  };
}
