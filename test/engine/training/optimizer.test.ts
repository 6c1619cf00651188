import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../scripts/assemble.mjs';
import { createOptimizer, type TrainingState } from '../../../src/engine/training/optimizer.ts';
import { optimizerBytes } from '../../../src/engine/training/optimizer-bytes.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 1, ema: 0.999 };
const size = 64;

/** Regions of 64 numbers in one memory, or of as many in each of several. */
const opened = (...sizes: readonly number[]) => {
  const { state, ...optimizer } = createOptimizer({ sizes });
  const write = (region: keyof TrainingState, values: Float32Array): void => {
    let at = 0;
    for (const part of state[region]) {
      part.set(values.subarray(at, at + part.length));
      at += part.length;
    }
  };
  const read = (region: keyof TrainingState): number[] => state[region].flatMap((part) => [...part]);
  return { state, ...optimizer, write, read };
};

/** AdamW, clipping and the moving average of one number in float64, as the papers write them. */
function reference(gradients: readonly number[][], index: number, start: number) {
  let [p, m, v, average] = [start, 0, 0, start];
  for (const [step, gradient] of gradients.entries()) {
    const norm = Math.hypot(...gradient);
    const g = (gradient[index] ?? 0) * Math.min(1, options.clip / norm);
    m = options.beta1 * m + (1 - options.beta1) * g;
    v = options.beta2 * v + (1 - options.beta2) * g * g;
    const corrected =
      m / (1 - options.beta1 ** (step + 1)) / (Math.sqrt(v / (1 - options.beta2 ** (step + 1))) + options.epsilon);
    p = p - options.learningRate * options.weightDecay * p - options.learningRate * corrected;
    const decay = Math.min(options.ema, (1 + step) / (10 + step));
    average = decay * average + (1 - decay) * p;
  }
  return { p, average };
}

describe('the optimizer', () => {
  it('has five regions of a state that is a little more than whole pages of memory', () => {
    const { state } = createOptimizer({ sizes: [65_537] }); // 20 pages and 20 bytes
    const regions = Object.values(state).flat();
    for (const [place, region] of regions.entries()) {
      expect(region).toHaveLength(65_537);
      region.fill(place + 1);
    }
    for (const [place, region] of regions.entries())
      expect([region.at(0), region.at(-1)]).toEqual([place + 1, place + 1]);
  });

  it('says how much memory it was not given', () => {
    expect(() => createOptimizer({ sizes: [300_000_000] })).toThrow(
      "training: expected 6001 MB more of memory for the optimizer's state, got none",
    );
  });

  it('makes the same bytes in three memories as in one, the norm and its clip included', () => {
    const [one, three] = [opened(size), opened(16, 32, 16)];
    for (const step of [0, 1, 2]) {
      for (const optimizer of [one, three]) {
        optimizer.write('gradients', stream('gradient', step).normal(size));
        optimizer.update(options, step, options.learningRate, optimizer.gradientNorm());
      }
      expect(three.gradientNorm()).toBe(one.gradientNorm());
    }
    for (const region of ['parameters', 'mean', 'variance', 'average'] as const) {
      expect(three.read(region)).toEqual(one.read(region));
      expect(one.read(region).every((value) => value !== 0)).toBe(true);
    }
  });

  it('is AdamW with clipping and a moving average, over several steps', () => {
    const optimizer = opened(size);
    const start = stream('start').normal(size);
    optimizer.write('parameters', start);
    optimizer.write('average', start);
    const gradients = [0, 1, 2, 3].map((step) => Array.from(stream('gradient', step).normal(size)));
    for (const [step, gradient] of gradients.entries()) {
      optimizer.write('gradients', Float32Array.from(gradient));
      optimizer.update(options, step, options.learningRate, optimizer.gradientNorm());
    }
    for (let i = 0; i < size; i++) {
      const { p, average } = reference(gradients, i, start[i] ?? 0);
      expect(optimizer.read('parameters')[i]).toBeCloseTo(p, 5);
      expect(optimizer.read('average')[i]).toBeCloseTo(average, 5);
    }
  });

  it("gives the gradient's norm", () => {
    const optimizer = opened(size);
    const gradient = stream('norm').normal(size);
    optimizer.write('gradients', gradient);
    expect(optimizer.gradientNorm()).toBeCloseTo(Math.hypot(...gradient), 10);
    optimizer.write('gradients', gradient.fill(Number.NaN, 3, 4));
    expect(optimizer.gradientNorm()).toBeNaN();
  });

  it.each(['parameters', 'average'] as const)('sees a number that is not finite anywhere in its %s', (region) => {
    const large = new Float32Array(size).fill(3.4028234e38); // whose square no float32 is
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const place of [0, 15, 16, 47, 48, 63]) {
        const optimizer = opened(16, 32, 16);
        optimizer.write('parameters', large);
        optimizer.write('average', large);
        optimizer.write('gradients', new Float32Array(size).fill(Number.NaN));
        expect(optimizer.isFinite()).toBe(true);
        optimizer.write(region, large.with(place, odd));
        expect(optimizer.isFinite()).toBe(false);
      }
  });

  it('is assembled from the text beside it', async () => {
    expect(readFileSync(new URL('../../../src/engine/training/optimizer.wat', import.meta.url), 'utf8')).toContain(
      'AdamW',
    );
    expect(await assemble('optimizer')).toBe(optimizerBytes);
  });
});
