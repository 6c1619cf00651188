/** Folders of pictures, PNG and JPEG, as images of 0 to 1. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DataError, FileError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { loadSharp } from './pictures.ts';

/** The most pictures of a folder, bytes of a file, and pixels of a picture. */
const limits = { pictures: 1_000_000, bytes: 1 << 27, pixels: 1 << 24 } as const;

/** The pictures of a folder and of those in it, by their names in order; links are not followed. Throws FileError. */
export async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    throw fileFailure(folder, 'read', error);
  });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(png|jpe?g)$/i.test(entry.name))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort((a, b) => (a < b ? -1 : 1));
  if (files.length < 2 || files.length > limits.pictures)
    throw new FileError(`${folder}: expected 2 to ${limits.pictures} PNG or JPEG files, got ${files.length}`);
  return files.map((file) => join(folder, file));
}

/** How files of the two kinds begin: what only calls itself so is given to no decoder. */
const beginnings: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
];

/** The bytes of a picture, which begin as such. Throws FileError or DataError. */
async function pictureBytes(path: string): Promise<Buffer> {
  const { size } = await stat(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (size > limits.bytes) throw new FileError(`${path}: expected at most ${limits.bytes} bytes, got ${size}`);
  const bytes = await readFile(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (!beginnings.some((begin) => begin.every((byte, i) => bytes[i] === byte)))
    throw new DataError(`${path}: expected a PNG or JPEG file`);
  return bytes;
}

/** Whether a picture is grey or has colours. Throws FileError or DataError. */
export async function pictureChannels(path: string): Promise<1 | 3> {
  const bytes = await pictureBytes(path);
  const sharp = await loadSharp();
  const { channels } = await sharp(bytes).metadata().catch(unreadable(path));
  return channels < 3 ? 1 : 3;
}

/** Throws what is wrong with a picture that a decoder refused. */
const unreadable = (path: string) => (cause: unknown) => {
  const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  throw new DataError(`${path}: expected a whole picture of at most ${limits.pixels} pixels: ${reason}`, { cause });
};

/** A picture [1, height, width], of colours [1, height, width, 3]; transparency is dropped. Throws FileError or DataError. */
export async function readPicture(path: string, channels: 1 | 3): Promise<HostTensor<Float32Array>> {
  const bytes = await pictureBytes(path);
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, { limitInputPixels: limits.pixels })
    .removeAlpha()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(unreadable(path));
  const { height, width } = info;
  const shape = channels === 1 ? [1, height, width] : [1, height, width, 3];
  if (info.channels !== channels) throw new DataError(`${path}: expected ${channels} channels, got ${info.channels}`);
  return { shape, data: Float32Array.from(data, (byte) => byte / 255) };
}
