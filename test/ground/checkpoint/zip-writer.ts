import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../../src/ground/checkpoint/zip/crc32.ts';

/** An entry to write, and what the list is to claim of it in place of the truth. */
export interface WrittenEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  readonly claim?: {
    readonly name?: string;
    readonly size?: number;
    readonly compressed?: number;
    readonly crc?: number;
    readonly offset?: number;
    readonly method?: number;
    readonly flags?: number;
  };
}

/** Little-endian fields of the given widths in bytes. */
function fields(...pairs: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    pairs.map(([width, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, width);
    }),
  );
}

/** A zip file of entries; `wide` keeps every number in the 64-bit records. */
export function zipOf(entries: readonly WrittenEntry[], { wide = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, content, deflate = false, claim = {} } of entries) {
    const stored = Buffer.from(deflate ? deflateRawSync(content) : content);
    const truth = { name, crc: crc32(content), compressed: stored.length, size: content.length, offset: at };
    const told = { ...truth, method: deflate ? 8 : 0, flags: 0, ...claim };
    const local = Buffer.concat([
      fields([4, 0x04034b50], [2, 20], [2, 0], [2, deflate ? 8 : 0], [4, 0], [4, truth.crc]),
      fields([4, stored.length], [4, content.length], [2, name.length], [2, 0]),
      Buffer.from(name),
      stored,
    ]);
    const extra = fields([2, 1], [2, 24], [8, told.size], [8, told.compressed], [8, told.offset]);
    const narrow = (value: number) => (wide ? 0xffffffff : value);
    list.push(
      fields([4, 0x02014b50], [2, 45], [2, 45], [2, told.flags], [2, told.method], [4, 0], [4, told.crc]),
      fields([4, narrow(told.compressed)], [4, narrow(told.size)], [2, told.name.length], [2, wide ? 28 : 0]),
      fields([2, 0], [2, 0], [2, 0], [4, 0], [4, narrow(told.offset)]),
      Buffer.from(told.name),
      wide ? extra : Buffer.alloc(0),
    );
    parts.push(local);
    at += local.length;
  }
  const listBytes = Buffer.concat(list);
  const count = entries.length;
  const records = [
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
    fields([8, listBytes.length], [8, at]),
    fields([4, 0x07064b50], [4, 0], [8, at + listBytes.length], [4, 1]),
  ];
  const end = Buffer.concat([
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, wide ? 0xffff : count], [2, wide ? 0xffff : count]),
    fields([4, wide ? 0xffffffff : listBytes.length], [4, wide ? 0xffffffff : at], [2, comment.length]),
    Buffer.from(comment),
  ]);
  return Buffer.concat([...parts, listBytes, ...(wide ? records : []), end]);
}
