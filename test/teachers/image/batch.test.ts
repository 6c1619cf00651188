import { expect, test } from 'vitest';
import { mnist } from '../../../src/teachers/data/mnist.ts';
import { promptCode } from '../../../src/teachers/data/prompt.ts';
import { imageBatches, imageSource } from '../../../src/teachers/image/batch.ts';
import { imageConfig } from '../../../src/teachers/image/model.ts';

const config = imageConfig({
  data: 'mnist',
  patch: 14,
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
});
const { length, vocabulary, nothing } = promptCode(mnist);
const count = 12;
const images = Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784) * 20); // image i is all 20·i
const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
const source = imageSource(config, { count, images, labels });
const batches = (promptDropout = 0.1) => imageBatches(source, { seed: 1, batch: 4, draws: 2, promptDropout });
const floats = (step: number, name: string, make = batches()): Float32Array =>
  Float32Array.from(make(step)[name]?.data ?? []);

test('a step gives the same batch whenever it is asked for, another step another', () => {
  const make = batches();
  const fifth = make(5);
  make(0);
  expect(make(5)).toEqual(fifth);
  expect(batches()(5)).toEqual(fifth);
  expect(make(6)).not.toEqual(fifth);
});

test('an epoch shows every image once, in another order the next time', () => {
  const shown = (epoch: number) =>
    [0, 1, 2].flatMap((step) => {
      const tokens = floats(3 * epoch + step, 'tokens');
      const { mean, std } = source.normalization;
      return [0, 1, 2, 3].map((row) => {
        const value = tokens[row * 784] ?? 0;
        return Math.floor((256 * (value * (std[0] ?? 0) + (mean[0] ?? 0))) / 20 + 1e-4);
      });
    });
  const all = Array.from({ length: count }, (_, i) => i);
  const [first, second] = [shown(0), shown(1)];
  expect([...first].sort((a, b) => a - b)).toEqual(all);
  expect([...second].sort((a, b) => a - b)).toEqual(all);
  expect(first).not.toEqual(second);
});

test('dropped prompts are null prompts and their letters do not count', () => {
  const make = batches(0.5);
  let dropped = 0;
  for (let step = 0; step < 20; step++) {
    const letters = floats(step, 'letters', make);
    const weights = floats(step, 'letterWeights', make);
    for (let row = 0; row < 4; row++) {
      const ids = Array.from({ length }, (_, i) => {
        const start = (row * length + i) * vocabulary;
        return letters.subarray(start, start + vocabulary).indexOf(1);
      });
      const isNull = ids.join() === nothing.join();
      dropped += Number(isNull);
      const mine = weights.subarray(row * (length - 1), (row + 1) * (length - 1));
      expect(new Set(mine)).toEqual(new Set([isNull ? 0 : 1]));
    }
  }
  expect(dropped).toBeGreaterThan(20);
  expect(dropped).toBeLessThan(60);
});

test('times cover the ends of (0, 1) and crowd in the middle', () => {
  const make = batches();
  const t = Array.from({ length: 400 }, (_, step) => [...floats(step, 't', make)]).flat();
  const share = (from: number, to: number) => t.filter((time) => time >= from && time < to).length / t.length;
  expect(share(0, 1)).toBe(1);
  expect(share(0, 0.02)).toBeGreaterThan(0.002);
  expect(share(0.98, 1)).toBeGreaterThan(0.002);
  expect(share(0.4, 0.6)).toBeGreaterThan(0.25);
});
