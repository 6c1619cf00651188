import path from 'node:path';
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { openSafetensors, writeSafetensors } from '../../ground/file/safetensors.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { type ImageDataName, imageDataNames, imageDataSet, unnamedData } from '../../teachers/data/table.ts';
import { featureNetwork } from './network.ts';

const FORMAT = 'fewstep-features-1';

/** The file of the weights in a feature network's folder. */
export const featureWeightsPath = (folder: string): string => path.join(folder, 'weights.safetensors');

/** Writes weights, rounded to half precision: what is read back is the network. Throws FileError. */
export async function writeFeatureWeights(folder: string, parameters: Parameters, data: ImageDataName): Promise<void> {
  await writeSafetensors(featureWeightsPath(folder), parameters, {
    metadata: { format: FORMAT, ...(data !== unnamedData && { data }) },
    dtypes: Object.fromEntries(Object.keys(parameters).map((name) => [name, 'F16'])),
  });
}

/** Reads weights, what they were trained on and their file's SHA-256. Throws FileError or DataError where they are not those of the network. */
export async function readFeatureWeights(
  folder: string,
): Promise<{ readonly parameters: Parameters; readonly data: ImageDataName; readonly hash: string }> {
  const file = featureWeightsPath(folder);
  const opened = await openSafetensors(file);
  try {
    const { format = 'none', data: named = unnamedData } = opened.metadata;
    if (format !== FORMAT) throw new DataError(`${file}: expected format ${FORMAT}, got ${format}`);
    const data = imageDataNames().find((name) => name === named);
    if (data === undefined) {
      throw new DataError(`${file}: expected data of ${imageDataNames().join(', ')}, got ${quoted(named)}`);
    }
    const tensors = await opened.readAll();
    const parameters = Object.entries(featureNetwork(imageDataSet(data)).shapes).map(
      ([name, shape]) => [name, weight(`${file}: tensor ${name}`, tensors[name], shape)] as const,
    );
    return { parameters: Object.fromEntries(parameters), data, hash: await sha256File(file) };
  } finally {
    await opened.close();
  }
}

function weight(where: string, tensor: HostTensor | undefined, shape: readonly number[]): HostTensor<Float32Array> {
  if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    throw new DataError(`${where}: expected floats [${shape.join(', ')}], got [${tensor?.shape.join(', ') ?? 'none'}]`);
  }
  checkFinite(tensor.data, where);
  return { shape: tensor.shape, data: tensor.data };
}
