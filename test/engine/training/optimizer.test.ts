import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../scripts/assemble.mjs';
import { createOptimizer } from '../../../src/engine/training/optimizer.ts';
import { optimizerBytes } from '../../../src/engine/training/optimizer-bytes.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 1, ema: 0.999 };
const size = 64;

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
  it('refuses a state that is larger than it can address', () => {
    expect(() => createOptimizer(215_000_000)).toThrow(
      'training: expected at most 214 million parameters, got 215 million',
    );
  });

  it('has five regions of a state that is a little more than whole pages of memory', () => {
    const { state } = createOptimizer(65_537); // 20 pages and 20 bytes
    for (const [place, region] of Object.values(state).entries()) {
      expect(region).toHaveLength(65_537);
      region.fill(place + 1);
    }
    for (const [place, region] of Object.values(state).entries())
      expect([region.at(0), region.at(-1)]).toEqual([place + 1, place + 1]);
  });

  it('is AdamW with clipping and a moving average, over several steps', () => {
    const optimizer = createOptimizer(size);
    const start = stream('start').normal(size);
    optimizer.state.parameters.set(start);
    optimizer.state.average.set(start);
    const gradients = [0, 1, 2, 3].map((step) => Array.from(stream('gradient', step).normal(size)));
    for (const [step, gradient] of gradients.entries()) {
      optimizer.state.gradients.set(gradient);
      optimizer.update(options, step, options.learningRate, optimizer.gradientNorm());
    }
    for (let i = 0; i < size; i++) {
      const { p, average } = reference(gradients, i, start[i] ?? 0);
      expect(optimizer.state.parameters[i]).toBeCloseTo(p, 5);
      expect(optimizer.state.average[i]).toBeCloseTo(average, 5);
    }
  });

  it("gives the gradient's norm", () => {
    const optimizer = createOptimizer(size);
    const gradient = stream('norm').normal(size);
    optimizer.state.gradients.set(gradient);
    expect(optimizer.gradientNorm()).toBeCloseTo(Math.hypot(...gradient), 10);
    optimizer.state.gradients[3] = Number.NaN;
    expect(optimizer.gradientNorm()).toBeNaN();
  });

  it('is assembled from the text beside it', async () => {
    expect(readFileSync(new URL('../../../src/engine/training/optimizer.wat', import.meta.url), 'utf8')).toContain(
      'AdamW',
    );
    expect(await assemble('optimizer')).toBe(optimizerBytes);
  });
});
