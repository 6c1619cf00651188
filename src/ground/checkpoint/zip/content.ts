import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { FileError } from '../../errors.ts';
import { quoted } from '../../file/quoted.ts';
import type { Source } from '../source.ts';
import { crc32 } from './crc32.ts';
import type { Entry } from './directory.ts';

/** The most bytes that a deflated entry may hold; from `HARMLESS` on, how many times as many as its deflated bytes. */
const MOST_INFLATED = 1 << 30;
const LARGEST_RATIO = 20;
const HARMLESS = 1 << 20;

/** How an entry is called in messages. */
export const entryPlace = (path: string, { name }: Entry): string => `${path}: ${quoted(name)}`;

/** Where an entry's content starts: after its own header, which must agree with the list. */
async function contentStart(source: Source, entry: Entry): Promise<number> {
  const head = await source.read(entry.offset, 30);
  const view = new DataView(head.buffer, head.byteOffset);
  const [nameLength, extraLength] = [view.getUint16(26, true), view.getUint16(28, true)];
  const start = entry.offset + 30 + nameLength + extraLength;
  const signed = view.getUint32(0, true) === 0x04034b50 && view.getUint16(8, true) === entry.method;
  const fits = start + entry.compressed <= entry.limit;
  const name = signed && fits ? Buffer.from(await source.read(entry.offset + 30, nameLength)).toString('utf8') : '';
  if (name !== entry.name) {
    throw new FileError(`${entryPlace(source.path, entry)}: its own header and the list of the zip file disagree`);
  }
  return start;
}

function checkSum(place: string, entry: Entry, content: Uint8Array): Uint8Array {
  const found = entry.crc === 0 ? 0 : crc32(content); // PyTorch can be told to compute none: it writes 0
  if (found !== entry.crc) {
    const [expected, got] = [entry.crc, found].map((sum) => sum.toString(16).padStart(8, '0'));
    throw new FileError(`${place}: is corrupt: expected CRC-32 ${expected}, got ${got}`);
  }
  return content;
}

async function inflated(source: Source, entry: Entry, start: number): Promise<Uint8Array> {
  const place = entryPlace(source.path, entry);
  const { size, compressed } = entry;
  if (size > MOST_INFLATED || (size > HARMLESS && size > LARGEST_RATIO * compressed)) {
    throw new FileError(`${place}: claims to hold ${size} bytes in ${compressed} deflated ones: looks like a zip bomb`);
  }
  const bytes = await source.read(start, compressed);
  const content = await promisify(inflateRaw)(bytes, { maxOutputLength: Math.max(size, 1) }).catch((cause) => {
    throw new FileError(`${place}: is corrupt: cannot be inflated to ${size} bytes`, { cause });
  });
  if (content.byteLength !== size) {
    throw new FileError(`${place}: is corrupt: inflates to ${content.byteLength} bytes, expected ${size}`);
  }
  return content;
}

/** The whole content of an entry, checked by its CRC-32. Throws FileError. */
export async function readEntry(source: Source, entry: Entry): Promise<Uint8Array> {
  const place = entryPlace(source.path, entry);
  const start = await contentStart(source, entry);
  if (entry.method === 8) return checkSum(place, entry, await inflated(source, entry, start));
  if (entry.method !== 0) throw new FileError(`${place}: is compressed by method ${entry.method}, expected 0 or 8`);
  if (entry.size !== entry.compressed) {
    throw new FileError(`${place}: claims to hold ${entry.size} bytes in ${entry.compressed} stored ones`);
  }
  return checkSum(place, entry, await source.read(start, entry.size));
}

/** The longest entry that is read whole, and so checked, where only a part of it is asked for. */
const READ_WHOLE = 1 << 25;

/** Bytes of an entry. An entry that is long, or is stored, is read only where it is asked for. Throws FileError. */
export async function readEntryRange(source: Source, entry: Entry, from: number, length: number): Promise<Uint8Array> {
  const whole = length === entry.size || entry.size <= READ_WHOLE || entry.method !== 0;
  if (whole) return (await readEntry(source, entry)).subarray(from, from + length);
  if (from + length > Math.min(entry.size, entry.compressed)) {
    throw new FileError(`${entryPlace(source.path, entry)}: ends before byte ${from + length}`);
  }
  return source.read((await contentStart(source, entry)) + from, length);
}
