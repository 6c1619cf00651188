/** Sets of samples that a command made: tokens, or images by the features of a network. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, FileError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import { oddPlace } from '../../ground/finite.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { pictureChannels, picturesIn } from '../../teachers/data/picture-folder.ts';
import type { Judge } from '../features/judge.ts';
import { featuresOf } from '../real/compared-real.ts';
import { folderImages } from '../real/told-real.ts';
import type { Rows } from '../statistics/rows.ts';
import { outputFile, outputFolder } from './output.ts';
import type { Reading } from './reading.ts';

/** Rows [N, D]; as many consecutive ones as are `together` are of one sample, and not independent. */
export interface SampleSet {
  readonly rows: Rows;
  readonly together: number;
  /** Whether its images were grey or had colours. */
  readonly channels?: 1 | 3;
}

/** The most numbers of a set, and of a row. */
const [MOST, WIDEST] = [2 ** 28, 4096];

/** Reads the tensor `tokens` [N, D] or [N, K, D] of tokens.safetensors. Throws FileError or DataError. */
export async function readTokens(out: string): Promise<SampleSet> {
  const path = await outputFile(out, 'tokens.safetensors', 16 * MOST);
  const file = await openSafetensors(path);
  try {
    const entry = file.header.get('tokens');
    if (entry === undefined)
      throw new DataError(
        `${path}: expected a tensor tokens, got ${[...file.header.keys()].slice(0, 5).join(', ') || 'none'}`,
      );
    const { shape, dtype } = entry;
    const [samples = 0, together = 0] = shape.length === 3 ? shape : [shape[0], 1];
    const width = shape.at(-1) ?? 0;
    const place = `${path}: tensor tokens`;
    if (
      (shape.length !== 2 && shape.length !== 3) ||
      samples < 2 ||
      together < 1 ||
      width < 1 ||
      width > WIDEST ||
      sizeOf(shape) > MOST
    )
      throw new DataError(
        `${place}: expected [N, D] or [N, K, D] of 2 samples or more, 1 to ${WIDEST} dimensions and at most ${MOST} numbers, got [${shape.join(', ')}]`,
      );
    if (!/^(F|BF)(16|32|64)$/.test(dtype))
      throw new DataError(`${place}: expected floating-point numbers, got ${dtype}`);
    const { tokens } = await file.readFloats(['tokens']);
    const data = tokens?.data ?? new Float32Array();
    const odd = oddPlace(data);
    if (odd >= 0) throw new DataError(`${place}: expected finite numbers, got ${data[odd]} at element ${odd}`);
    return { rows: { shape: [samples * together, width], data }, together };
  } finally {
    await file.close();
  }
}

/** Looks at the pictures of the folder images, in the order of their names, by a network. Throws FileError or DataError. */
export const readImages =
  (judge: Judge) =>
  async (out: string): Promise<SampleSet> => {
    const folder = await outputFolder(out, 'images');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const link = entries.find((entry) => entry.isSymbolicLink());
    if (link !== undefined) throw new FileError(`${join(link.parentPath, link.name)}: expected a picture, got a link`);
    const files = await picturesIn(folder);
    const channels = await pictureChannels(files[0] ?? folder);
    return { rows: await featuresOf(folder, folderImages(files, channels), judge), together: 1, channels };
  };

/** How sets are kept: sealed, with what made them. */
export const setReading = (read: (out: string) => Promise<SampleSet>): Reading<SampleSet> => ({
  suffix: 'safetensors',
  read,
  keep: (path, { content, ...made }) => {
    const { rows, together, channels = 0 } = content;
    const numbers = { together: String(together), channels: String(channels), seconds: String(made.seconds) };
    return writeSealed(path, { rows }, { origin: made.origin, ...numbers });
  },
  kept: async (path) => {
    const { tensors, metadata } = await readSealed(path);
    const { rows } = tensors;
    if (!(rows?.data instanceof Float32Array)) throw new FileError(`${path}: expected rows`);
    const channels = metadata.channels === '1' ? 1 : metadata.channels === '3' ? 3 : undefined;
    const content = { rows: { shape: rows.shape, data: rows.data }, together: Number(metadata.together) };
    return {
      content: { ...content, ...(channels && { channels }) },
      ...{ origin: metadata.origin ?? '', seconds: Number(metadata.seconds) },
    };
  },
});
