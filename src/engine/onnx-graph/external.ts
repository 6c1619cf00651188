import { dirname } from 'node:path';
import type { StringStringEntryProto } from 'onnx-buf';
import { FileError } from '../../ground/errors.ts';
import { insidePath, pathInside } from '../../ground/file/inside.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { fileSize, readPart } from './model-file.ts';

/** Reads tensors from files beside a model: only inside its folder, only where the file has the bytes, each range once. */
export class ExternalFiles {
  readonly #folder: string;
  readonly #sizes = new Map<string, number>();
  readonly #ranges = new Map<string, Promise<Uint8Array>>();
  #asked = 0;

  constructor(model: string) {
    this.#folder = dirname(model);
  }

  /** The bytes of a tensor; `place` is the tensor, for messages. Throws FileError. */
  async read(place: string, entries: readonly StringStringEntryProto[], bytes: number): Promise<Uint8Array> {
    const fields = new Map(entries.map(({ key, value }) => [key, value]));
    const location = insidePath("the model's folder").safeParse(fields.get('location') ?? '');
    if (!location.success)
      throw new FileError(
        `${place}: expected external data inside the model's folder, got ${quoted(fields.get('location') ?? '', 200)}`,
      );
    const [offset, length] = [countOf(place, fields, 'offset', 0), countOf(place, fields, 'length', bytes)];
    if (length !== bytes) throw new FileError(`${place}: expected ${bytes} bytes of external data, got ${length}`);
    const file = await pathInside(this.#folder, location.data);
    const size = await this.#sizeOf(file);
    if (offset + length > size)
      throw new FileError(`${place}: expected bytes ${offset} to ${offset + length} of ${file}, which has ${size}`);
    return this.#once(place, file, offset, length);
  }

  async #sizeOf(file: string): Promise<number> {
    const size = this.#sizes.get(file) ?? (await fileSize(file));
    this.#sizes.set(file, size);
    return size;
  }

  /** Ranges that overlap would make more of a file than it is. */
  #once(place: string, file: string, offset: number, length: number): Promise<Uint8Array> {
    const key = `${offset}+${length}:${file}`;
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    this.#asked += length;
    const held = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    if (this.#asked > held) throw new FileError(`${place}: its external data overlaps that of other tensors`);
    const bytes = readPart(file, offset, length);
    this.#ranges.set(key, bytes);
    return bytes;
  }
}

function countOf(place: string, fields: ReadonlyMap<string, string>, key: string, otherwise: number): number {
  const text = fields.get(key);
  if (text === undefined) return otherwise;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count))
    throw new FileError(`${place}: expected a number of bytes as the external ${key}, got ${quoted(text, 40)}`);
  return count;
}
