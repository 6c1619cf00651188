import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { appendLine, readLines, truncateAfter } from '../../../src/ground/file/json-lines.ts';

const schema = z.strictObject({ step: z.int(), loss: z.number() });
const lineOf = (step: number) => ({ step, loss: 1 / step });
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-lines-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const append = async (from: number, to: number) => {
  for (let step = from; step <= to; step++) await appendLine(path, lineOf(step));
};

describe('a log of lines', () => {
  it('has no lines where there is none', async () => {
    expect(await readLines(path, schema)).toEqual([]);
    expect(await truncateAfter(path, 5, schema)).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('leaves out a last line that was cut off', async () => {
    await append(1, 2);
    await appendFile(path, '{"step": 3, "lo');
    expect(await readLines(path, schema)).toEqual([lineOf(1), lineOf(2)]);
  });

  it('cuts a last line that was cut off when another is appended', async () => {
    await append(1, 2);
    await appendFile(path, '{"step": 3, "lo');
    await append(3, 3);
    expect(await readLines(path, schema)).toEqual([1, 2, 3].map(lineOf));
    await writeFile(path, '{"step');
    await append(1, 1);
    expect(await readLines(path, schema)).toEqual([lineOf(1)]);
  });

  it('names the line that is wrong', async () => {
    await writeFile(path, '{"step": 1, "loss": 0}\n{"step": 2}\n');
    await expect(readLines(path, schema)).rejects.toThrow(/metrics\.jsonl:2: loss: .*expected number/);
    await writeFile(path, 'nonsense\n');
    await expect(readLines(path, schema)).rejects.toThrow(/metrics\.jsonl:1: not valid JSON/);
  });

  it('is after a kill and a resumption what it is without', async () => {
    await append(1, 9);
    const uninterrupted = await readFile(path);
    await rm(path);
    await append(1, 6);
    await appendFile(path, '{"step": 7, "lo'); // killed here; the checkpoint is of step 4
    expect(await truncateAfter(path, 4, schema)).toEqual([1, 2, 3, 4].map(lineOf));
    await append(5, 9);
    expect(await readFile(path)).toEqual(uninterrupted);
  });
});
