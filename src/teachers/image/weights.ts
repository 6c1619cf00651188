import path from 'node:path';
import { z } from 'zod';
import { DataError } from '../../ground/errors.ts';
import { checked } from '../../ground/file/json.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { openSafetensors, writeSafetensors } from '../../ground/file/safetensors.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { derived } from '../../ground/plugin/table.ts';
import { headShapes } from '../../heads/network/config.ts';
import { backboneShapes } from '../backbone/config.ts';
import { imageDataNames, unnamedData } from '../data/table.ts';
import type { TokenNormalization } from '../data/token-normalization.ts';
import { type ImageConfig, type ImageSizes, imageConfig } from './model.ts';

/** A trained image model as its file holds it. */
export interface ImageWeights {
  readonly config: ImageConfig;
  /** `backbone/…` and `head/…` */
  readonly parameters: Parameters;
  readonly normalization: TokenNormalization;
  /** SHA-256 of the file. */
  readonly hash: string;
}

const size = z.int().positive();
const sizesSchema = derived(
  (): z.ZodType<ImageSizes> =>
    z.strictObject({
      data: z.enum(imageDataNames()).default(unnamedData),
      patch: size,
      backbone: z.strictObject({ width: size, depth: size, heads: size }),
      head: z.strictObject({ width: size, depth: size }),
    }),
);

/** The file of the weights in a teacher's folder. */
export const weightsPath = (folder: string): string => path.join(folder, 'weights.safetensors');

/** Writes weights, rounded to half precision: what is read back is the teacher. */
export async function writeImageWeights(
  folder: string,
  { config, parameters, normalization }: Omit<ImageWeights, 'hash'>,
): Promise<void> {
  const { data, patch, backbone, head } = config;
  const sizes: Omit<ImageSizes, 'data'> & Partial<Pick<ImageSizes, 'data'>> = {
    ...(data !== unnamedData && { data }),
    patch,
    backbone: { width: backbone.width, depth: backbone.depth, heads: backbone.heads },
    head: { width: head.width, depth: head.depth },
  };
  const shape = [backbone.token];
  const tensors = {
    ...parameters,
    'normalization/mean': { shape, data: normalization.mean },
    'normalization/std': { shape, data: normalization.std },
  };
  await writeSafetensors(weightsPath(folder), tensors, {
    metadata: { format: 'fewstep-digits-1', sizes: JSON.stringify(sizes) },
    dtypes: Object.fromEntries(Object.keys(parameters).map((name) => [name, 'F16'])),
  });
}

/** Reads a teacher's weights. Throws FileError or DataError where they are not those of an image model. */
export async function readImageWeights(folder: string): Promise<ImageWeights> {
  const file = weightsPath(folder);
  const opened = await openSafetensors(file);
  try {
    if (opened.metadata.format !== 'fewstep-digits-1') {
      throw new DataError(`${file}: expected format fewstep-digits-1, got ${quoted(opened.metadata.format ?? '')}`);
    }
    const config = imageConfig(checked(file, parsedSizes(opened.metadata.sizes), sizesSchema()));
    const tensors = await opened.readAll();
    const read = (name: string, shape: readonly number[]) => [name, float32(file, tensors[name], name, shape)] as const;
    const token = [config.backbone.token];
    return {
      config,
      parameters: Object.fromEntries(Object.entries(imageShapes(config)).map(([name, shape]) => read(name, shape))),
      normalization: {
        mean: read('normalization/mean', token)[1].data,
        std: read('normalization/std', token)[1].data,
      },
      hash: await sha256File(file),
    };
  } finally {
    await opened.close();
  }
}

function parsedSizes(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function imageShapes({ backbone, head }: ImageConfig): Record<string, number[]> {
  const named = (prefix: string, shapes: Record<string, number[]>) =>
    Object.entries(shapes).map(([name, shape]) => [`${prefix}/${name}`, shape] as const);
  return Object.fromEntries([...named('backbone', backboneShapes(backbone)), ...named('head', headShapes(head))]);
}

function float32(
  file: string,
  tensor: HostTensor | undefined,
  name: string,
  shape: readonly number[],
): HostTensor<Float32Array> {
  if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    throw new DataError(`${file}: tensor ${name}: expected floats [${shape}], got [${tensor?.shape ?? 'none'}]`);
  }
  checkFinite(tensor.data, `${file}: tensor ${name}`);
  return { shape: tensor.shape, data: tensor.data };
}
