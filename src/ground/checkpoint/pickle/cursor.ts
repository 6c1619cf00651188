import { FileError } from '../../errors.ts';

/** The longest name of a module or class in the bytes of a pickle. */
const LONGEST_LINE = 1024;

/** Bytes that are read in order; every reading past their end is a FileError. */
export class Cursor {
  readonly #view: DataView;
  /** The instruction that is being read: where it starts, and what it is called. */
  instruction = { offset: 0, name: '' };

  constructor(
    readonly place: string,
    readonly bytes: Uint8Array,
    public offset = 0,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** An error of the present instruction: `file: byte 12 (REDUCE): reason`. */
  fault(reason: string): FileError {
    const { offset, name } = this.instruction;
    return new FileError(`${this.place}: byte ${offset}${name && ` (${name})`}: ${reason}`);
  }

  /** Steps over bytes and says where they start. */
  #step(length: number): number {
    const start = this.offset;
    const left = this.bytes.byteLength - start;
    if (length > left) throw this.fault(`expected ${length} more bytes, got ${left}`);
    this.offset += length;
    return start;
  }

  uint8 = (): number => this.#view.getUint8(this.#step(1));
  uint16 = (): number => this.#view.getUint16(this.#step(2), true);
  int32 = (): number => this.#view.getInt32(this.#step(4), true);
  uint32 = (): number => this.#view.getUint32(this.#step(4), true);
  uint64 = (): number => Number(this.#view.getBigUint64(this.#step(8), true));
  /** Big-endian, as pickles hold their numbers. */
  float64 = (): number => this.#view.getFloat64(this.#step(8), false);

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const start = this.#step(length);
    return this.bytes.subarray(start, start + length);
  }

  /** The next bytes as UTF-8. */
  text(length: number): string {
    return this.#decode(this.take(length));
  }

  /** The text up to the end of the line. */
  line(): string {
    const end = this.bytes.subarray(this.offset, this.offset + LONGEST_LINE).indexOf(10);
    if (end < 0) throw this.fault(`expected a name that ends within ${LONGEST_LINE} bytes`);
    const bytes = this.take(end);
    this.offset += 1;
    return this.#decode(bytes);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.fault('expected text in UTF-8');
    }
  }
}
