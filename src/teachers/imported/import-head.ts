import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint, CheckpointTensor } from '../../ground/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../ground/checkpoint/open.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { dtypeOf } from '../../ground/file/dtype.ts';
import { writeJson } from '../../ground/file/json.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { headPrefix, isExtra, type LocatedHead, locateHead, mayBelong, twinPrefix } from '../../heads/family/locate.ts';
import { type FamilyName, families } from '../../heads/family/table.ts';
import { type ImportedCard, importedCardSchema } from './card.ts';
import { importedCardText } from './card-text.ts';
import { checkDestination } from './destination.ts';
import { checkTwin, copyWeights } from './import-weights.ts';
import { importedWeightsPath } from './weights.ts';

/** What to import and where to. */
export interface ImportOptions {
  readonly family: FamilyName;
  readonly name: string;
  /** Folder that the head is written to. */
  readonly output: string;
  /** Key of the dictionary of tensors in a PyTorch file; the family's unless given. */
  readonly weights?: string;
  /** What the card says otherwise than the family. */
  readonly bf16Time?: boolean;
  readonly startIndex?: number;
  readonly useNorm?: boolean;
  readonly latentScale?: number;
}

/**
 * Imports a head: weights.safetensors with its tensors as they were, card.json and card.md. Of the source only headers
 * and the head's tensors are read. Throws FileError or DataError that names what is wrong.
 */
export async function importHead(source: string, options: ImportOptions): Promise<ImportedCard> {
  const { family, output } = options;
  await checkDestination(options);
  const select = options.weights === undefined ? families[family].select : [options.weights];
  const prefix = await findPrefix(source, family, select);
  const twin = twinPrefix(families[family], prefix);
  const copied = (name: string): boolean => twin !== undefined && name.startsWith(twin);
  const only = (name: string): boolean => name.startsWith(prefix) || copied(name) || isExtra(family, name);
  const checkpoint = await openCheckpoint(source, { select, only });
  try {
    const head = locateHead(checkpoint.path, family, shapesOf(checkpoint));
    if (twin !== undefined) await checkTwin(checkpoint, head, twin);
    const names = [...head.tensors, ...head.extras];
    const weights = await copyWeights(importedWeightsPath(output), checkpoint, names);
    const card = {
      ...(await cardOf(checkpoint, head, options)),
      source: await originOf(checkpoint.path, select),
      weights,
    };
    await writeJson(join(output, 'card.json'), importedCardSchema(), card);
    await writeAtomic(join(output, 'card.md'), importedCardText(card));
    return card;
  } finally {
    await checkpoint.close();
  }
}

async function findPrefix(source: string, family: FamilyName, select: readonly string[]): Promise<string> {
  const checkpoint = await openCheckpoint(source, { select, only: mayBelong });
  try {
    return headPrefix(checkpoint.path, family, shapesOf(checkpoint));
  } finally {
    await checkpoint.close();
  }
}

const shapesOf = ({ tensors }: Checkpoint) => new Map([...tensors].map(([name, { shape }]) => [name, shape]));

function cardOf({ tensors }: Checkpoint, head: LocatedHead, options: ImportOptions) {
  const { name, family, bf16Time, startIndex, useNorm = false, latentScale = families[family].latentScale } = options;
  const { architecture: _, sharedLayers, frequencies, noise, ...sizes } = head.sizes;
  const dtypes: Record<string, number> = {};
  for (const tensor of [...head.tensors, ...head.extras]) {
    const dtype = tensors.get(tensor)?.dtype ?? '';
    dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  }
  return {
    format: 'fewstep-imported-1' as const,
    name,
    family,
    prefix: head.prefix,
    sizes: {
      ...sizes,
      hidden: sizes.hidden || sizes.width, // where no tensor tells it
      ...(frequencies > 0 && { frequencies }),
      ...(noise > 0 && { noise }),
      ...(sharedLayers !== sizes.depth && { sharedLayers }),
    },
    bytes: head.tensors.reduce((sum, tensor) => sum + bytesOf(tensors.get(tensor)), 0),
    parameters: head.tensors.reduce((sum, tensor) => sum + sizeOf(tensors.get(tensor)?.shape ?? [0]), 0),
    dtypes,
    extras: [...head.extras],
    timeScale: families[family].timeScale,
    conventions: {
      ...families[family].conventions,
      ...(bf16Time !== undefined && { bf16Time }),
      ...(startIndex !== undefined && { startIndex }),
    },
    useNorm,
    latentScale,
  };
}

const bytesOf = (tensor: CheckpointTensor | undefined): number =>
  tensor === undefined ? 0 : sizeOf(tensor.shape) * dtypeOf(tensor.dtype).width;

/** Files above this are not hashed, in bytes. */
const LARGEST_HASHED = 2 ** 30;

async function originOf(path: string, select: readonly string[]): Promise<ImportedCard['source']> {
  const { size, mtime } = await stat(path);
  const hash = size <= LARGEST_HASHED && { sha256: await sha256File(path) };
  return { path, select: [...select], bytes: size, modified: mtime.toISOString(), ...hash };
}
