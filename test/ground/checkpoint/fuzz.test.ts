import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/ground/checkpoint/open.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { type Stream, stream } from '../../../src/ground/random/philox.ts';

const folder = mkdtempSync(join(tmpdir(), 'fewstep-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../fixtures/checkpoint/${name}`, import.meta.url)));

type Content = ReadonlyMap<string, HostTensor>;

/** Every tensor of a file, or the FileError that refuses it; any other error is thrown. */
async function tryToRead(bytes: Uint8Array, file = 'mutated'): Promise<Content | FileError> {
  const path = join(folder, file);
  await writeFile(path, bytes);
  try {
    const checkpoint = await openCheckpoint(path, { select: ['model_ema', 'model'] });
    const content = new Map<string, HostTensor>();
    try {
      for (const name of checkpoint.tensors.keys()) content.set(name, await checkpoint.read(name));
    } finally {
      await checkpoint.close();
    }
    return content;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    expect(error.message.startsWith(folder)).toBe(true);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return error;
  }
}

const numbers = (random: Stream, count: number, below: number) => [...random.integers(count, Math.max(below, 1))];

/** Ways to damage a file. */
const mutations: readonly ((bytes: Buffer, random: Stream) => Buffer)[] = [
  (bytes, random) => {
    for (const at of numbers(random, 1, bytes.length))
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (numbers(random, 1, 8)[0] ?? 0));
    return bytes;
  },
  (bytes, random) => {
    for (const at of numbers(random, 3, bytes.length)) bytes[at] = numbers(random, 1, 256)[0] ?? 0;
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, numbers(random, 1, bytes.length)[0]),
  (bytes, random) => {
    const [at = 0] = numbers(random, 1, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (at % 9))]); // a piece is missing
  },
  (bytes, random) => {
    const [from = 0, to = 0, length = 0] = numbers(random, 3, bytes.length);
    bytes.copyWithin(to, from, from + (length % 64)); // a piece stands elsewhere as well
    return bytes;
  },
  (bytes, random) => {
    const [at = 0] = numbers(random, 1, bytes.length - 8);
    bytes.fill(numbers(random, 1, 2)[0] === 0 ? 0xff : 0, at, at + 4); // a length or a count lies
    return bytes;
  },
];

/** Reads mutations of a file; counts those that read as the original did, that read otherwise, and that are refused. */
async function fuzz(name: string, rounds: number) {
  const whole = await fixture(name);
  const original = await tryToRead(whole);
  expect(original).toBeInstanceOf(Map);
  const counts = { equal: 0, different: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const mutate = mutations[round % mutations.length];
    const result = await tryToRead(mutate?.(Buffer.from(whole), stream('checkpoint fuzz', name, round)) ?? whole);
    if (result instanceof FileError) counts.refused++;
    else {
      for (const { shape, data } of result.values()) expect(data.length).toBe(sizeOf(shape));
      const equal = JSON.stringify([...result]) === JSON.stringify([...(original instanceof Map ? original : [])]);
      counts[equal ? 'equal' : 'different']++;
    }
  }
  return counts;
}

describe('a damaged file', () => {
  it.each(['types.pth', 'views.pth', 'training.pth'])(
    '(%s) reads as it was or is refused: its checksums tell',
    async (name) => {
      const counts = await fuzz(name, 300);
      expect(counts.different).toBe(0);
      expect(counts.equal).toBeGreaterThan(10);
      expect(counts.refused).toBeGreaterThan(100);
    },
  );

  it.each(['types-legacy.pth', 'views-legacy.pth', 'training-legacy.pth', 'no-checksum.pth', 'views.safetensors'])(
    '(%s) gives whole tensors or is refused, as it has no checksums',
    async (name) => {
      const { refused, equal, different } = await fuzz(name, 300);
      expect(refused).toBeGreaterThan(60);
      expect(equal + different).toBeGreaterThan(10);
    },
  );

  it('that lists the shards of a model leads to the tensors that it names or is refused', async () => {
    const files = { weight: 'model-1.safetensors', bias: 'model-2.safetensors' };
    for (const [name, file] of Object.entries(files)) {
      await writeSafetensors(join(folder, file), { [name]: { shape: [2], data: Float32Array.of(1, 2) } });
    }
    const whole = Buffer.from(JSON.stringify({ metadata: { total_size: 16 }, weight_map: files }, null, 2));
    const counts = { read: 0, refused: 0 };
    for (let round = 0; round < 300; round++) {
      const mutate = mutations[round % mutations.length];
      const bytes = mutate?.(Buffer.from(whole), stream('checkpoint fuzz', 'list', round)) ?? whole;
      const result = await tryToRead(bytes, 'model.safetensors.index.json');
      if (result instanceof FileError) counts.refused++;
      else {
        counts.read++;
        for (const [name, { data }] of result) expect([name in files, ...data]).toEqual([true, 1, 2]);
      }
    }
    expect(counts.read).toBeGreaterThan(4);
    expect(counts.refused).toBeGreaterThan(100);
  });
});
