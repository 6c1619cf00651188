/** `evaluation/real.safetensors`: what a run's images are compared with beside its rows, kept to recompute its numbers. */
import { join } from 'node:path';
import { writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { ImageReference } from './reference.ts';

/** Writes the features of both sets of real images [N, d], the prompts' classes [N] and the blank token [D], sealed. */
export async function writeRealFile(
  run: string,
  { real, realOther, trained, labels, blank, network }: RealContent,
): Promise<void> {
  const vector = <Data extends Float32Array | Int32Array>(data: Data): HostTensor<Data> => ({
    shape: [data.length],
    data,
  });
  const tensors = {
    ...{ features: real.rows, features_other: realOther.rows, labels: vector(labels) },
    ...(trained && { features_trained: trained }),
    ...{ blank: vector(blank.value), blank_tolerance: vector(blank.tolerance) },
  };
  await writeSealed(join(run, 'evaluation', 'real.safetensors'), tensors, { features: network.hash });
}

type RealContent = Pick<ImageReference, 'real' | 'realOther' | 'trained' | 'labels' | 'blank' | 'network'>;
