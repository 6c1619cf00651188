import { join } from 'node:path';
import { DataError, FileError } from '../errors.ts';
import { locateHead } from '../family/locate.ts';
import { openSafetensors, type SafetensorsFile } from '../file/safetensors.ts';
import { sha256File } from '../file/sha256.ts';
import { type HeadConfig, headConfig } from '../head/config.ts';
import type { HostTensor, Parameters } from '../host-tensor.ts';
import { type ImportedCard, readImportedCard } from './imported-card.ts';

/** An imported head in memory, widened to float32. */
export interface ImportedHead {
  readonly card: ImportedCard;
  readonly config: HeadConfig;
  /** The head's tensors by their names without the prefix, stored frequencies among them. */
  readonly parameters: Parameters;
  /** What came along (`image_out_projector`, `emb_mean`, …), by full names. */
  readonly extras: Parameters;
}

/** The file of an imported head's weights in its folder, under the original names and types. */
export const importedWeightsPath = (folder: string): string => join(folder, 'weights.safetensors');

/** Reads the imported head in a folder. Throws FileError or DataError where it is not what its card says. */
export async function readImported(folder: string): Promise<ImportedHead> {
  const card = await readImportedCard(folder);
  const path = importedWeightsPath(folder);
  const hash = await sha256File(path);
  if (hash !== card.weights)
    throw new FileError(`${path}: expected SHA-256 ${card.weights.slice(0, 12)}…, got ${hash.slice(0, 12)}…`);
  const file = await openSafetensors(path);
  try {
    return await headOf(path, card, file);
  } finally {
    await file.close();
  }
}

async function headOf(path: string, card: ImportedCard, file: SafetensorsFile): Promise<ImportedHead> {
  const shapes = new Map([...file.header].map(([name, { shape }]) => [name, shape]));
  const { prefix, tensors, extras } = locateHead(path, card.family, shapes);
  const read = async (names: readonly string[], skipped: number): Promise<Parameters> => {
    const entries: [string, HostTensor<Float32Array>][] = [];
    for (const name of names) entries.push([name.slice(skipped), float32(path, name, await file.read(name))]);
    return Object.fromEntries(entries);
  };
  const parameters = await read(tensors, prefix.length);
  const config = headConfig(parameters, card.timeScale, card.conventions);
  return { card, config, parameters, extras: await read(extras, 0) };
}

function float32(path: string, name: string, { shape, data }: HostTensor): HostTensor<Float32Array> {
  if (data instanceof Float32Array) return { shape, data };
  throw new DataError(`${path}: tensor ${name}: expected floating-point numbers`);
}
