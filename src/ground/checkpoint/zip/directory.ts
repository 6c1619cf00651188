/** The list at the end of a zip file (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16), read with no trust in it. */
import { FileError } from '../../errors.ts';
import { quoted } from '../../file/quoted.ts';
import type { Source } from '../source.ts';

/** A file in a zip file. */
export interface Entry {
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  /** CRC-32 of the content; 0 where the writer was told to compute none. */
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Where the entry's own header is. */
  readonly offset: number;
  /** The first byte that is not the entry's any more. */
  readonly limit: number;
}

/** The longest list that is read, in bytes. */
const LONGEST_DIRECTORY = 1 << 26;

const ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_PLACE = 0x07064b50;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the list is, and how many entries it has. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

/** The record at the end, before a comment of up to 64 KiB. */
async function findEnd(source: Source): Promise<{ at: number; view: DataView }> {
  const length = Math.min(source.size, 22 + 0xffff);
  const view = viewOf(await source.read(source.size - length, length));
  for (let at = length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === length) {
      return { at: source.size - length + at, view: new DataView(view.buffer, view.byteOffset + at, 22) };
    }
  }
  throw new FileError(`${source.path}: is cut off: a zip file whose list at the end is missing`);
}

async function findPlace(source: Source): Promise<Place> {
  const { at, view } = await findEnd(source);
  if (view.getUint16(4, true) !== 0) throw new FileError(`${source.path}: is one part of a zip file of several`);
  const place = {
    offset: view.getUint32(16, true),
    bytes: view.getUint32(12, true),
    entries: view.getUint16(10, true),
  };
  const pointer = at >= 20 ? viewOf(await source.read(at - 20, 20)) : undefined;
  if (pointer?.getUint32(0, true) === END_64_PLACE) return findWidePlace(source, pointer, at - 20);
  return checkPlace(source, place, at);
}

/** The record of 64-bit numbers, which PyTorch always writes; the pointer to it stands before the ordinary record. */
async function findWidePlace(source: Source, pointer: DataView, pointerAt: number): Promise<Place> {
  const at = Number(pointer.getBigUint64(8, true));
  const fault = new FileError(`${source.path}: not a zip file: its list has no place`);
  if (at > pointerAt - 56) throw fault;
  const view = viewOf(await source.read(at, 56));
  if (view.getUint32(0, true) !== END_64) throw fault;
  const [entries = 0, bytes = 0, offset = 0] = [32, 40, 48].map((field) => Number(view.getBigUint64(field, true)));
  return checkPlace(source, { offset, bytes, entries }, at);
}

function checkPlace(source: Source, place: Place, end: number): Place {
  if (place.offset + place.bytes !== end || place.bytes > LONGEST_DIRECTORY || place.entries * 46 > place.bytes) {
    throw new FileError(
      `${source.path}: its list of ${place.entries} entries claims bytes ${place.offset} to ${place.offset + place.bytes}, expected to end at ${end}`,
    );
  }
  return place;
}

/** The 64-bit values of an entry, which stand in for those that are 2³² − 1. */
function wideFields(extra: DataView, values: readonly number[]): readonly number[] | undefined {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    at += 4;
    if (id === 1) {
      const wide = values.filter((value) => value === 0xffffffff).length;
      if (length < 8 * wide || at + length > extra.byteLength) return undefined;
      return values.map((value) => {
        if (value !== 0xffffffff) return value;
        at += 8;
        return Number(extra.getBigUint64(at - 8, true));
      });
    }
    at += length;
  }
  return undefined;
}

type Found = Omit<Entry, 'limit'>;

function readEntry(path: string, bytes: Uint8Array, at: number): { entry: Found; next: number } {
  const cut = new FileError(`${path}: not a zip file: an entry of its list is damaged`);
  if (at + 46 > bytes.length) throw cut;
  const view = viewOf(bytes.subarray(at));
  if (view.getUint32(0, true) !== ENTRY) throw cut;
  const [nameLength = 0, extraLength = 0, commentLength = 0] = [28, 30, 32].map((field) => view.getUint16(field, true));
  const next = at + 46 + nameLength + extraLength + commentLength;
  if (next > bytes.length) throw cut;
  const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
  const narrow = [24, 20, 42].map((field) => view.getUint32(field, true));
  const extra = viewOf(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
  const fields = narrow.includes(0xffffffff) ? wideFields(extra, narrow) : narrow;
  const [size, compressed, offset] = fields ?? [];
  if (size === undefined || compressed === undefined || offset === undefined) throw cut;
  if (view.getUint16(8, true) & 1) throw new FileError(`${path}: ${quoted(name)} is encrypted`);
  const entry = { name, method: view.getUint16(10, true), crc: view.getUint32(16, true), compressed, size, offset };
  return { entry, next };
}

/** Refuses entries that overlap, or lie beyond the list: one short stretch of a file could pose as many long ones. */
function bounded(path: string, found: readonly Found[], end: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const order = [...found].sort((a, b) => a.offset - b.offset);
  order.forEach((entry, index) => {
    const limit = order[index + 1]?.offset ?? end;
    const name = quoted(entry.name);
    if (entry.offset + 30 + entry.compressed > limit) {
      throw new FileError(`${path}: ${name} claims ${entry.compressed} bytes from ${entry.offset}, beyond ${limit}`);
    }
    if (entries.has(entry.name)) throw new FileError(`${path}: ${name} occurs twice`);
    entries.set(entry.name, { ...entry, limit });
  });
  return entries;
}

/** The entries of a zip file by name. Throws FileError where the list and the file cannot both be right. */
export async function readDirectory(source: Source): Promise<ReadonlyMap<string, Entry>> {
  const place = await findPlace(source);
  const bytes = await source.read(place.offset, place.bytes);
  const found: Found[] = [];
  for (let at = 0; found.length < place.entries; ) {
    const { entry, next } = readEntry(source.path, bytes, at);
    found.push(entry);
    at = next;
  }
  return bounded(source.path, found, place.offset);
}
