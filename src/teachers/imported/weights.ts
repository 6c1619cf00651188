import { join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import type { SafetensorsFile } from '../../ground/file/safetensors-file.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { type LocatedHead, locateHead } from '../../heads/family/locate.ts';
import { type HeadConfig, headConfig } from '../../heads/network/config.ts';
import { type ImportedCard, readImportedCard } from './card.ts';

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

/** An imported head on disk: its card, and its tensors, which are read as they are asked for. */
export interface OpenImported {
  readonly card: ImportedCard;
  readonly path: string;
  readonly file: SafetensorsFile;
  readonly head: LocatedHead;
}

/** Opens the imported head in a folder; close its file. Throws FileError or DataError where it is not what its card says. */
export async function openImported(folder: string): Promise<OpenImported> {
  const card = await readImportedCard(folder);
  const path = importedWeightsPath(folder);
  const hash = await sha256File(path);
  if (hash !== card.weights)
    throw new FileError(`${path}: expected SHA-256 ${card.weights.slice(0, 12)}…, got ${hash.slice(0, 12)}…`);
  const file = await openSafetensors(path);
  try {
    const shapes = new Map([...file.header].map(([name, { shape }]) => [name, shape]));
    return { card, path, file, head: locateHead(path, card.family, shapes) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads the imported head in a folder. Throws FileError or DataError where it is not what its card says. */
export async function readImported(folder: string): Promise<ImportedHead> {
  const open = await openImported(folder);
  return headOf(open).finally(() => open.file.close());
}

async function headOf({ card, file, head }: OpenImported): Promise<ImportedHead> {
  const { prefix, tensors, extras } = head;
  const read = async (names: readonly string[], skipped: number): Promise<Parameters> => {
    const floats = await file.readFloats(names);
    return Object.fromEntries(Object.entries(floats).map(([name, tensor]) => [name.slice(skipped), tensor]));
  };
  const parameters = await read(tensors, prefix.length);
  const config = headConfig(parameters, card.timeScale, card.conventions);
  return { card, config, parameters, extras: await read(extras, 0) };
}
