/** Methods that compare distributions of a context's draws. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { energyScore, pairwiseDistances } from '../../../src/distillation/method/distance.ts';
import { drift } from '../../../src/distillation/method/drifting.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { tensor, values } from '../../eager.ts';
import { lossOn, targetsOn } from './loss-on.ts';

const create = (name: string, options: object = {}) => methodNamed(name).create(options);
const normal = (name: string, shape: number[], scale = 1, shift = 0): tf.Tensor =>
  tensor(
    Array.from(stream(name).normal(shape.reduce((size, side) => size * side, 1)), (value) => shift + scale * value),
    shape,
  );

describe('distances of draws', () => {
  it('are those of numbers, and finite with finite slopes where draws coincide', () => {
    const [a, b] = [tensor([0, 0, 3, 4], [1, 2, 2]), tensor([0, 0, 6, 8], [1, 2, 2])];
    const found = values(() => pairwiseDistances(a, b));
    for (const [i, expected] of [0, 10, 5, 5].entries()) expect(found[i]).toBeCloseTo(expected, 2);
    const slopes = values(() => tf.grad((x: tf.Tensor) => tf.sum(pairwiseDistances(x, b)))(a));
    expect(slopes.every(Number.isFinite)).toBe(true);
  });
});

describe('the energy score', () => {
  it('is 2·E‖a − b‖ − E‖a − a’‖ over different draws alone', () => {
    const [a, b] = [tensor([0, 1], [1, 2, 1]), tensor([5, 3], [1, 2, 1])];
    // pairs k ≠ j: |0 − 3| and |1 − 5|; |0 − 1| twice
    expect(values(() => energyScore(a, b))[0]).toBeCloseTo((2 * (3 + 4)) / 2 - 1, 3);
  });

  it('is least where the samples have the reference’s mean and spread', () => {
    const reference = normal('reference', [64, 16, 2]);
    const score = (scale: number, shift = 0) =>
      values(() => tf.mean(energyScore(normal('samples', [64, 16, 2], scale, shift), reference)))[0] ?? Number.NaN;
    for (const [scale, shift] of [
      [0.4, 0],
      [2, 0],
      [1, 0.7],
      [1, -0.7],
    ] as const)
      expect(score(scale, shift)).toBeGreaterThan(score(1) + 0.02);
  });

  const pair = (t = 1) => ({
    x_s: normal('noise', [4, 8, 2]),
    x_t: normal('data', [4, 8, 2], 1, 3),
    s: tensor([0, 0, 0, 0], [4]),
    t: tensor([t, t, t, t], [4]),
  });
  const to =
    (shift: number, t = 1): MeanVelocity =>
    (x) =>
      tf.div(tf.add(tf.sub(pair().x_t, x), shift), t);

  it('of a student is that of its jumps, with the distance to the same path at its weight', () => {
    const score = values(() => tf.mean(energyScore(pair().x_t, pair().x_t)))[0] ?? Number.NaN;
    const loss = (u: MeanVelocity, regression: number, t = 1) =>
      lossOn(create('energy', { regression }), u, () => pair(t));
    expect(loss(to(0), 0)).toBeCloseTo(score, 4);
    expect(loss(to(1), 0)).toBeGreaterThan(score + 0.1);
    const c = 0.03 * Math.sqrt(2);
    expect(loss(to(1), 2) - loss(to(1), 0)).toBeCloseTo(2 * (Math.hypot(Math.sqrt(2), c) - c), 4);
    expect(loss(to(0, 0.25), 0, 0.25)).toBeCloseTo(score / Math.sqrt(0.25), 3);
  });
});

describe('drifting', () => {
  it('moves samples towards the reference, and not where both are the same', () => {
    const [x, y] = [normal('x', [2, 24, 2]), normal('y', [2, 24, 2], 1, 2)];
    const along = (a: tf.Tensor, b: tf.Tensor) => values(() => tf.mean(drift(a, b, [0.2])))[0] ?? Number.NaN;
    expect(along(x, y)).toBeGreaterThan(0.05);
    expect(along(y, x)).toBeLessThan(-0.05);
    const [still] = values(() => tf.max(tf.abs(tf.mean(drift(x, normal('x2', [2, 24, 2]), [0.2]), 1))));
    expect(Math.abs(still ?? Number.NaN)).toBeLessThan(along(x, y) / 3);
  });

  it('spreads samples that are too near each other, and gathers those that are too far', () => {
    const y = normal('y', [1, 48, 2]);
    const outwards = (scale: number) =>
      values(() => {
        const x = normal('x', [1, 48, 2], scale);
        return tf.mean(tf.mul(drift(x, y, [0.5]), x));
      })[0] ?? Number.NaN;
    expect(outwards(0.3)).toBeGreaterThan(0);
    expect(outwards(2)).toBeLessThan(0);
  });

  it('leaves a sample out of what repels it, and the end of its own noise out of what draws it', () => {
    const x = tensor([0, 1], [1, 2, 1]);
    const y = tensor([4, 6], [1, 2, 1]);
    const [temperature, size] = [0.5, (4 + 6 + 3 + 5) / 4];
    const logits = [
      [Number.NEGATIVE_INFINITY, -6, Number.NEGATIVE_INFINITY, -1],
      [-3, Number.NEGATIVE_INFINITY, -1, Number.NEGATIVE_INFINITY],
    ].map((row) => row.map((value) => Math.exp(value / (temperature * size))));
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const weight = (k: number, j: number): number => {
      const value = logits[k]?.[j] ?? Number.NaN;
      const column = logits.map((row) => row[j] ?? Number.NaN);
      return Math.sqrt((value / sum(logits[k] ?? [])) * (value / sum(column)));
    };
    const expected = [0, 1].map((k) => {
      const [near, own] = [weight(k, 0) + weight(k, 1), weight(k, 2) + weight(k, 3)];
      return own * (weight(k, 0) * 4 + weight(k, 1) * 6) - near * (weight(k, 2) * 0 + weight(k, 3) * 1);
    });
    const found = values(() => drift(x, y, [temperature]));
    for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, 3);
  });

  it('adds the drifts of its temperatures', () => {
    const [x, y] = [normal('x', [1, 8, 2]), normal('y', [1, 8, 2], 1, 1)];
    const both = values(() => drift(x, y, [0.1, 0.5]));
    const apart = values(() => tf.add(drift(x, y, [0.1]), drift(x, y, [0.5])));
    for (const [i, value] of both.entries()) expect(value).toBeCloseTo(apart[i] ?? Number.NaN, 5);
  });

  it('of a student regresses its jumps onto where they drift, the landing weighed by 1/√(t − s)', () => {
    const batch = () => ({
      x_s: normal('noise', [2, 6, 2]),
      x_t: normal('data', [2, 6, 2], 1, 1),
      s: tensor([0, 0], [2]),
      t: tensor([0.25, 0.25], [2]),
    });
    const zero: MeanVelocity = (x) => tf.zerosLike(x);
    const method = create('drifting', { temperatures: [0.2] });
    const moved = values(() => {
      const { x_s, x_t } = batch();
      return tf.mean(tf.square(drift(x_s, x_t, [0.2])));
    })[0];
    expect(lossOn(method, zero, batch)).toBeCloseTo((moved ?? Number.NaN) / 0.25, 4);
    const [target] = values(() => tf.mean(tf.sub(targetsOn(method, zero, batch()).drifted as tf.Tensor, batch().x_s)));
    expect(target).toBeGreaterThan(0.02);
  });
});
