import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { metricsReading } from '../../../src/evaluation/command/given-metrics.ts';
import { readImages, readTokens } from '../../../src/evaluation/command/sample-set.ts';
import { openJudge } from '../../../src/evaluation/features/open-judge.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { side, tinyJudge } from '../features/tiny-judge.ts';

const parent = await mkdtemp(join(tmpdir(), 'fewstep-output-'));
afterAll(() => rm(parent, { recursive: true }));
let out = '';
let count = 0;
beforeEach(async () => {
  out = join(parent, `out${count++}`);
  await mkdir(out);
});

const floats = (shape: readonly number[], ...data: number[]): HostTensor => ({ shape, data: Float32Array.from(data) });

describe('tokens of a command', () => {
  const refused = async (tokens: HostTensor, message: string) => {
    await writeSafetensors(join(out, 'tokens.safetensors'), { tokens });
    await expect(readTokens(out)).rejects.toThrow(`${out}/tokens.safetensors: tensor tokens: ${message}`);
  };

  it('are rows, those of one sample together', async () => {
    await writeSafetensors(join(out, 'tokens.safetensors'), { tokens: floats([2, 3, 1], 1, 2, 3, 4, 5, 6) });
    expect(await readTokens(out)).toEqual({ rows: floats([6, 1], 1, 2, 3, 4, 5, 6), together: 3 });
    await writeSafetensors(join(out, 'tokens.safetensors'), { tokens: floats([3, 2], 1, 2, 3, 4, 5, 6) });
    expect(await readTokens(out)).toEqual({ rows: floats([3, 2], 1, 2, 3, 4, 5, 6), together: 1 });
  });

  it('are refused in another shape, type or number', async () => {
    const shapes = [[6], [1, 6], [1, 2, 3], [2, 0], [1, 2, 3, 1], [2, 4097]];
    for (const shape of shapes) {
      const size = shape.reduce((a, b) => a * b);
      await refused(floats(shape, ...new Array(size).fill(1)), 'expected [N, D] or [N, K, D] of 2 samples or more');
    }
    await refused({ shape: [2, 2], data: new Int32Array(4) }, 'expected floating-point numbers, got I32');
    await refused(floats([2, 2], 1, 2, Number.NaN, 4), 'expected finite numbers, got NaN at element 2');
  });

  it('are asked for by their names', async () => {
    await expect(readTokens(out)).rejects.toThrow(
      `${out}: expected the file tokens.safetensors of the command, got nothing`,
    );
    await writeFile(join(out, 'token.safetensors'), '');
    await expect(readTokens(out)).rejects.toThrow('of the command, got "token.safetensors"');
    await writeSafetensors(join(out, 'tokens.safetensors'), { token: floats([2, 2], 1, 2, 3, 4) });
    await expect(readTokens(out)).rejects.toThrow('expected a tensor tokens, got token');
  });
});

describe('the output of a command', () => {
  it('does not lead out of its folder, nor to what cannot be read to an end', async () => {
    const outside = join(parent, 'outside.json');
    await writeFile(outside, '{"fid": 1}');
    await symlink(outside, join(out, 'metrics.json'));
    await expect(metricsReading.read(out)).rejects.toThrow(`expected a file inside ${out}, got a link to ${outside}`);
    await rm(join(out, 'metrics.json'));
    await symlink(join(out, 'nowhere'), join(out, 'metrics.json'));
    await expect(metricsReading.read(out)).rejects.toThrow('metrics.json: cannot be read: no such file or folder');
    await rm(join(out, 'metrics.json'));
    execFileSync('mkfifo', [join(out, 'metrics.json')]);
    await expect(metricsReading.read(out)).rejects.toThrow('metrics.json: expected a file');
  });
});

describe('metrics of a command', () => {
  const read = async (text: string) => {
    await writeFile(join(out, 'metrics.json'), text);
    return metricsReading.read(out);
  };

  it('are numbers, alone or with an interval', async () => {
    const given = '{"fid": 3.5, "is@5": {"value": 2, "low": 1, "high": 4}}';
    expect(await read(given)).toEqual({
      fid: { value: 3.5, low: 3.5, high: 3.5 },
      'is@5': { value: 2, low: 1, high: 4 },
    });
  });

  it.each([
    ['{"fid": NaN}', 'not valid JSON: '],
    ['{"fid": 1e999}', 'metrics.json: fid: expected a finite number'],
    ['{"fid": "3"}', 'metrics.json: fid: expected a finite number, or { value, low, high } of such'],
    ['{"fid": {"value": 3, "low": 4, "high": 5}}', 'metrics.json: fid: expected low ≤ value ≤ high, got 4, 3, 5'],
    ['{"fid": {"value": 3}}', 'expected a finite number, or { value, low, high } of such'],
    ['{"a b": 3}', 'metrics.json: a b: expected a name of letters, digits'],
    ['{"__proto__": 3}', 'expected 1 to 64 metrics, got 0'],
    ['{}', 'expected 1 to 64 metrics, got 0'],
    ['[1]', 'metrics.json: '],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, i]))),
      'expected 1 to 64 metrics, got 65',
    ],
    [`${' '.repeat(1 << 20)}{}`, 'expected at most 1048576 bytes'],
  ])('are refused: %.40s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('images of a command', () => {
  it('are looked at in the order of their names; no link is followed', async () => {
    const judge = await openJudge({ model: await tinyJudge() });
    try {
      await mkdir(join(out, 'images'));
      const pictures = [0, 1, 2].map((i) =>
        sharp(Buffer.alloc(side * side * 3, 80 * i), { raw: { width: side, height: side, channels: 3 } }),
      );
      for (const [index, picture] of pictures.entries())
        await picture.png().toFile(join(out, 'images', `${2 - index}.png`));
      const { rows, together, channels } = await readImages(judge)(out);
      expect([rows.shape, together, channels]).toEqual([[3, 4], 1, 3]);
      const black = await judge.extract({ shape: [1, side, side, 3], data: new Float32Array(side * side * 3) });
      expect(Array.from(rows.data.subarray(8))).toEqual(Array.from(black.features.data));
      await symlink(join(out, 'images', '0.png'), join(out, 'images', '3.png'));
      await expect(readImages(judge)(out)).rejects.toThrow(`${out}/images/3.png: expected a picture, got a link`);
    } finally {
      await judge.dispose();
    }
    await rm(join(out, 'images'), { recursive: true });
    await symlink(parent, join(out, 'images'));
    await expect(readImages(judge)(out)).rejects.toThrow(`expected a file inside ${out}, got a link to ${parent}`);
  });
});
