import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/ground/checkpoint/open.ts';
import { openSource } from '../../../src/ground/checkpoint/source.ts';
import { readEntry } from '../../../src/ground/checkpoint/zip/content.ts';
import { crc32 } from '../../../src/ground/checkpoint/zip/crc32.ts';
import { readDirectory } from '../../../src/ground/checkpoint/zip/directory.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { type WrittenEntry, zipOf } from './zip-writer.ts';

let folder: string;
let path: string;
let real: WrittenEntry[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-zip-'));
  path = join(folder, 'a.pth');
  real = await entriesOf(fileURLToPath(new URL('../../fixtures/checkpoint/protocol-5.pth', import.meta.url)));
});
afterEach(() => rm(folder, { recursive: true }));

async function entriesOf(file: string): Promise<WrittenEntry[]> {
  const source = await openSource(file);
  const entries: WrittenEntry[] = [];
  for (const entry of (await readDirectory(source)).values()) {
    entries.push({ name: entry.name, content: await readEntry(source, entry) });
  }
  await source.close();
  return entries;
}

/** The valid entries with one of them, by the end of its name, changed. */
const changed = (end: string, change: Partial<WrittenEntry>) =>
  real.map((entry) => (entry.name.endsWith(end) ? { ...entry, ...change } : entry));

/** What reading both tensors of the file gives. */
async function readBoth(): Promise<number[][]> {
  const checkpoint = await openCheckpoint(path);
  try {
    return [[...(await checkpoint.read('a')).data], [...(await checkpoint.read('b')).data]];
  } finally {
    await checkpoint.close();
  }
}

async function refusal(bytes: Uint8Array): Promise<string> {
  await writeFile(path, bytes);
  const error = await readBoth().catch((reason) => reason);
  expect(error).toBeInstanceOf(FileError);
  expect(error.message.startsWith(path)).toBe(true);
  return error.message;
}

describe('a PyTorch zip file', () => {
  it('is read stored or deflated, with narrow or wide numbers, and with a comment at its end', async () => {
    const deflated = real.map((entry) => ({ ...entry, deflate: true }));
    for (const bytes of [zipOf(real), zipOf(real, { wide: true }), zipOf(deflated), zipOf(real, { comment: 'PK' })]) {
      await writeFile(path, bytes);
      expect(await readBoth()).toEqual([
        [1, 1],
        [0, 0, 0],
      ]);
    }
  });

  it('that was saved with the highest byte first is turned', async () => {
    await writeFile(path, zipOf([...changed('data/0', { content: Buffer.from('3fc00000bf800000', 'hex') })]));
    expect((await readBoth())[0]).not.toEqual([1.5, -1]);
    const big = changed('data/0', { content: Buffer.from('3fc00000bf800000', 'hex') }).map((entry) =>
      entry.name.endsWith('byteorder') ? { ...entry, content: Buffer.from('big') } : entry,
    );
    await writeFile(path, zipOf(big));
    expect((await readBoth())[0]).toEqual([1.5, -1]);
    expect(await refusal(zipOf(changed('byteorder', { content: Buffer.from('odd') })))).toContain(
      '/byteorder": expected little or big, got "odd"',
    );
  });

  it('has the checksum that the standard gives for its example', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});

describe('a hostile zip file', () => {
  const bomb = new Uint8Array(8_000_000);

  it.each<[string, () => Uint8Array, string]>([
    [
      'whose pickle is a bomb',
      () => zipOf(changed('data.pkl', { content: bomb, deflate: true })),
      'looks like a zip bomb',
    ],
    [
      'whose tensor is one',
      () => zipOf(changed('data/0', { content: bomb, deflate: true })),
      'expected 8 bytes for storage 0',
    ],
    [
      'whose bomb claims to be small',
      () => zipOf(changed('data/0', { content: bomb, deflate: true, claim: { size: 8 } })),
      'is corrupt: cannot be inflated to 8 bytes',
    ],
    [
      'whose stored tensor claims to be longer than it is',
      () => zipOf(changed('data/0', { content: new Uint8Array(4), claim: { size: 8 } })),
      'claims to hold 8 bytes in 4 stored ones',
    ],
    [
      'whose pickle claims more than a pickle may have',
      () => zipOf(changed('data.pkl', { claim: { size: 2 ** 31 } })),
      'has 2147483648 bytes, at most 67108864',
    ],
    [
      'with an entry beyond its end',
      () => zipOf(changed('data/0', { claim: { compressed: 1e6 } })),
      'claims 1000000 bytes',
    ],
    ['with overlapping entries', () => zipOf(changed('data/1', { claim: { offset: 4 } })), 'claims'],
    ['with one name twice', () => zipOf(changed('data/1', { claim: { name: 'protocol-5/data/0' } })), 'occurs twice'],
    [
      'whose list and headers disagree on a name',
      () => zipOf(changed('data/0', { name: 'protocol-5/data/9', claim: { name: 'protocol-5/data/0' } })),
      'its own header and the list of the zip file disagree',
    ],
    [
      'whose list and headers disagree on the method',
      () => zipOf(changed('data/0', { claim: { method: 8 } })),
      'its own header and the list of the zip file disagree',
    ],
    ['with an encrypted entry', () => zipOf(changed('data/0', { claim: { flags: 1 } })), 'is encrypted'],
    [
      'with a wrong checksum',
      () => zipOf(changed('data/0', { claim: { crc: 7 } })),
      'is corrupt: expected CRC-32 00000007',
    ],
    ['with no pickle', () => zipOf(real.slice(1)), 'expected one data.pkl in the zip file, got 0'],
    ['with two pickles', () => zipOf([...real, { name: 'b/data.pkl', content: bomb.subarray(0, 1) }]), 'got 2'],
    ['without a storage', () => zipOf(real.filter(({ name }) => !name.endsWith('data/0'))), 'got none'],
    [
      'with a short storage',
      () => zipOf(changed('data/0', { content: new Uint8Array(7) })),
      'tensor "a": expected 8 bytes for storage 0 of 2 F32, got 7',
    ],
    [
      'with a program',
      () => zipOf([...real, { name: 'protocol-5/constants.pkl', content: new Uint8Array(1) }]),
      'holds a TorchScript program',
    ],
    ['of nothing', () => zipOf([{ name: 'x', content: new Uint8Array(0) }]), 'got 0'],
  ])('%s is refused', async (_, bytes, message) => {
    expect(await refusal(bytes())).toContain(message);
  });

  it('that claims a list elsewhere, or more entries than fit, is refused', async () => {
    const end = zipOf(real).length - 22;
    for (const [field, value] of [
      [16, 0],
      [12, 0x7fffffff],
      [10, 0x7fff],
    ] as const) {
      const bytes = zipOf(real);
      if (field === 10) bytes.writeUInt16LE(value, end + field);
      else bytes.writeUInt32LE(value, end + field);
      expect(await refusal(bytes)).toMatch(/its list of \d+ entries claims bytes \d+ to \d+, expected to end at/);
    }
  });

  it('that is cut off anywhere is refused', async () => {
    const whole = zipOf(real, { wide: true });
    for (let length = 1; length < whole.length; length += 7) {
      const message = await refusal(whole.subarray(0, length));
      expect(message).toMatch(length < 4 ? /starts with/ : /cut off|not a zip file/);
    }
    expect((await readFile(path)).length).toBeGreaterThan(1000);
  });
});
