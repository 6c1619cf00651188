import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileError } from '../../src/errors.ts';
import { trainingLogFile } from '../../src/train/training-log.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'training-log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (step: number, secondsElapsed: number) => ({
  step,
  loss: 1 / step,
  gradientNorm: 1,
  learningRate: 0.1,
  secondsElapsed,
});

test('after a kill, lines past the checkpoint are dropped and time counts on', async () => {
  const file = path.join(folder, 'metrics.jsonl');
  const first = trainingLogFile(file);
  await first.resume(0);
  await first.append(line(10, 5));
  await first.append(line(20, 9));
  appendFileSync(file, '{"step":30,"lo'); // torn by the kill
  const second = trainingLogFile(file);
  await second.resume(10);
  await second.append(line(20, 4));
  const kept = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(kept).toEqual([line(10, 5), line(20, 9)]);
  expect(second.lines()).toEqual(kept);
});

test('a log that cannot be written is told by its path', async () => {
  const log = trainingLogFile(path.join(folder, 'missing', 'metrics.jsonl'));
  await expect(log.append(line(1, 1))).rejects.toThrow(FileError);
  await expect(log.append(line(1, 1))).rejects.toThrow(/missing\/metrics\.jsonl/);
});
