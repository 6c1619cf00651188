import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTrainingLog, trainingLogFile } from '../../../src/engine/training/training-log.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { sha256 } from '../../../src/ground/file/sha256.ts';

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

const logged = { every: 10, steps: 25 };

test('after a kill, lines past the checkpoint are dropped and time counts on', async () => {
  const file = path.join(folder, 'metrics.jsonl');
  const first = trainingLogFile(file, logged);
  await first.resume(0);
  await first.append(line(10, 5));
  await first.append(line(20, 9));
  appendFileSync(file, '{"step":30,"lo'); // torn by the kill
  const second = trainingLogFile(file, logged);
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
  const log = trainingLogFile(path.join(folder, 'missing', 'metrics.jsonl'), logged);
  await expect(log.append(line(1, 1))).rejects.toThrow(FileError);
  await expect(log.append(line(1, 1))).rejects.toThrow(/missing\/metrics\.jsonl/);
});

describe('a log that is behind its checkpoint', () => {
  const logOf = (name: string, steps: readonly number[]): string => {
    const file = path.join(folder, name);
    writeFileSync(file, steps.map((step) => `${JSON.stringify(line(step, step))}\n`).join(''));
    return file;
  };

  test.each([
    ['lacks its end', [10], 25, 'none of step 20 and 1 more'],
    ['lacks its middle', [10, 25], 25, 'none of step 20'],
    ['lacks its last step', [10, 20], 25, 'none of step 25'],
    ['has a step twice', [10, 10, 20], 20, 'a step twice'],
  ])('%s: it is refused, and what to do is told', async (_, steps, checkpoint, found) => {
    const file = logOf('gap.jsonl', steps);
    const resumed = trainingLogFile(file, logged).resume(checkpoint);
    await expect(resumed).rejects.toThrow(
      `${file}: expected a line every 10 steps up to the checkpoint at ${checkpoint}`,
    );
    await expect(resumed).rejects.toThrow(`found ${found}; delete this file to go on without it`);
  });

  test('is gone: training goes on without it, and again after one more kill', async () => {
    const file = path.join(folder, 'gone.jsonl');
    const log = trainingLogFile(file, logged);
    await log.resume(10);
    await log.append(line(20, 1));
    await log.flush();
    await trainingLogFile(file, logged).resume(20);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(line(20, 1))}\n`);
  });

  test('is whole: every logged step up to the checkpoint is there', async () => {
    await trainingLogFile(logOf('whole.jsonl', [10, 20, 25]), logged).resume(25);
    await trainingLogFile(logOf('ahead.jsonl', [10, 20]), logged).resume(10);
    await trainingLogFile(logOf('between.jsonl', [10]), logged).resume(15); // a checkpoint between two lines
  });
});

test('a finished log is read whole, and one that was changed since is refused', async () => {
  const home = path.join(folder, 'finished');
  mkdirSync(home);
  expect(await readTrainingLog(home, 'any')).toEqual([]);
  const text = `${JSON.stringify(line(10, 1))}\n`;
  writeFileSync(path.join(home, 'metrics.jsonl'), text);
  expect(await readTrainingLog(home, sha256(text))).toEqual([line(10, 1)]);
  writeFileSync(path.join(home, 'metrics.jsonl'), text.replace('0.1', '0.2'));
  await expect(readTrainingLog(home, sha256(text))).rejects.toThrow(/metrics\.jsonl: is damaged: .*delete it/);
});
