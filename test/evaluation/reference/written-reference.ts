import { join } from 'node:path';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import type { SamplerName } from '../../../src/distillation/student/sampler/table.ts';
import type { StudentTimes } from '../../../src/distillation/student/times.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';

/** A float32 tensor. */
export const tensor = (shape: readonly number[], ...values: readonly number[]): HostTensor<Float32Array> => ({
  shape,
  data: Float32Array.from(values),
});

/**
 * Two contexts of two draws of one number, H = 3. Energy distances to x1_b: of x0 2·1 − 2 − 0 = 0 and
 * 2·(1 + 2 + 0 + 3)/4 − 1 − 3 = −1; of x1 2·(2 + 2 + 4 + 4)/4 − 2 − 0 = 4 and 2·(1 + 2 + 1 + 4)/4 − 2 − 3 = −1.
 */
export const tiny: Readonly<Record<string, HostTensor<Float32Array>>> = {
  h: tensor([2, 3], 1, 2, 3, 4, 5, 6),
  w: tensor([2], 1.5, 2),
  x0: tensor([2, 2, 1], 0, 2, 0, 1),
  x1: tensor([2, 2, 1], 3, 5, 0, 2),
  x1_b: tensor([2, 2, 1], 1, 1, 1, -2),
};

/** Writes a reference, some of its tensors others (or none), into a folder; gives its path. */
export async function writtenReference(
  folder: string,
  changes: Readonly<Record<string, HostTensor | undefined>> = {},
): Promise<string> {
  const path = join(folder, 'reference.safetensors');
  const tensors = Object.entries({ ...tiny, ...changes }).flatMap(([name, value]) => (value ? [[name, value]] : []));
  await writeSafetensors(path, Object.fromEntries(tensors));
  return path;
}

/** Writes a student that predicts no motion, so that its jumps leave noise where it is; gives its path. */
export async function writtenStill(
  folder: string,
  name: string,
  { sampler = 'flow-map', metadata = {}, condition = 3, token = 1, guidance, times }: Partial<StillStudent> = {},
): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  const config = { token, condition, width: 8, depth: 1, timeScale: 32, ...(guidance && { guidance }) };
  await writeStudent(path, {
    parameters: studentFromScratch(config, 1),
    config,
    sampler,
    metadata,
    ...(times && { times }),
  });
  return path;
}

interface StillStudent {
  readonly sampler: SamplerName;
  readonly metadata: Readonly<Record<string, string>>;
  readonly guidance: NonNullable<HeadConfig['guidance']>;
  readonly times: StudentTimes;
  readonly condition: number;
  readonly token: number;
}
