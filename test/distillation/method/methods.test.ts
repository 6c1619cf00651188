import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { tensor } from '../../eager.ts';
import { exactMeanVelocity, exactPaths } from './exact-flow.ts';
import { lossOn, tensorsOf } from './loss-on.ts';

function create(name: string, options: object = {}) {
  return methodNamed(name).create(options);
}

/** The loss of a method with a given student on pairs drawn from paths. */
function drawnLoss(name: string, u: MeanVelocity, paths: CachedBatch, options: object = {}, progress = 0): number {
  const method = create(name, options);
  const draw = method.draw(paths, stream('draw', name), progress);
  return lossOn(method, u, () => tensorsOf(draw));
}

/** A student that is off the exact one by a constant. */
const off: MeanVelocity = (x, s, t) => tf.add(exactMeanVelocity(x, s, t), 0.1);

describe("a method's loss", () => {
  it('is zero on the exact flow map for trajectory regression, and on no other', () => {
    expect(drawnLoss('trajectory', exactMeanVelocity, exactPaths())).toBeCloseTo(0, 5);
    expect(drawnLoss('trajectory', off, exactPaths())).toBeGreaterThan(0.02);
  });

  it('is zero for rectified flow at the slope of the only pair, and at no other', () => {
    const noise = [0.3, -0.7, 1.1];
    const data = [2, 1, -1];
    const paths: CachedBatch = {
      contexts: 1,
      draws: 1,
      token: 3,
      grid: Float32Array.of(0, 0.5, 1),
      state: (_, g) => Float32Array.from([noise, [9, 9, 9], data][g] ?? []),
    };
    const slope = tf.tensor(data.map((value, i) => value - (noise[i] ?? 0))).reshape([1, 1, 3]);
    for (const name of ['rectified-flow', 'rectified-flow-distilled']) {
      expect(drawnLoss(name, () => slope, paths)).toBeCloseTo(0, 5);
      expect(drawnLoss(name, () => tf.add(slope, 0.1), paths)).toBeCloseTo(
        Math.hypot(0.1 * Math.sqrt(3), 0.03 * Math.sqrt(3)) - 0.03 * Math.sqrt(3),
        5,
      );
    }
  });

  it('of rectified flow sees the point of the straight path at its time', () => {
    const seen: number[][] = [];
    const look: MeanVelocity = (x, s, t) => {
      seen.push([...x.dataSync()], [...s.dataSync()], [...t.dataSync()]);
      return x;
    };
    const batch = { noise: tensor([1, 2], [2, 1, 1]), data: tensor([5, -2], [2, 1, 1]), t: tensor([0.25, 0.5], [2]) };
    lossOn(create('rectified-flow'), look, () => batch);
    expect(seen).toEqual([
      [2, 0],
      [0.25, 0.5],
      [0.25, 0.5],
    ]);
  });
});

describe('trajectory regression', () => {
  it('weighs the landing error by 1/√(t − s)', () => {
    const still: MeanVelocity = (at) => tf.zerosLike(at);
    const pair = (s: number, t: number) => ({
      x_s: tensor([1, 2], [1, 1, 2]),
      x_t: tensor([4, 6], [1, 1, 2]),
      s: tensor([s], [1]),
      t: tensor([t], [1]),
    });
    const c = 0.03 * Math.sqrt(2);
    for (const [s, t] of [
      [0.25, 0.5],
      [0, 1],
    ] as const) {
      const loss = lossOn(create('trajectory'), still, () => pair(s, t));
      expect(loss).toBeCloseTo(Math.hypot(5 / Math.sqrt(t - s), c) - c, 4);
    }
  });
});

describe('the options of a method', () => {
  it.each([
    ['trajectory', { endpoint: 0.25, even: 0.75, counts: [2, 4], huber: 0.03 }],
    ['consistency', { start: 0.5, huber: 0.03, coarsest: 1, finest: 1, curriculum: 0.5 }],
    ['phased-consistency', { phases: [1, 2, 4], start: 0.5, huber: 0.03, coarsest: 1, finest: 1, curriculum: 0.5 }],
    ['mean-velocity', { diagonal: 0.5, endpoint: 0.25, even: 0.75, counts: [2, 4], huber: 0.03 }],
    ['endpoint', { huber: 0.03 }],
    ['piecewise-reflow', { windows: 4, huber: 0.03 }],
    ['mean-flow', { diagonal: 0.5, centre: 0.4, uniform: 0.5, power: 0.5, warmup: 0.25, normalize: false }],
    ['alpha-flow', { diagonal: 0.5, centre: 0.4, uniform: 0.5, power: 0.5, start: 0, end: 0.5, least: 0.05 }],
    ['shortcut', { bootstrap: 0.75 }],
    ['facm', { centre: 0.4, uniform: 0, clamp: 1, power: 0.5, anchor: 1 }],
    ['scm', { centre: 1, spread: 1.4, uniform: 0, warmup: 0.25 }],
    ['progressive', { jumps: 2, huber: 0.03 }],
    ['on-policy', { counts: [1, 2, 4], substeps: 4, huber: 0.03 }],
    ['energy', { endpoint: 0.25, even: 0.75, counts: [2, 4], regression: 0.1, huber: 0.03 }],
    ['drifting', { endpoint: 0.25, even: 0.75, counts: [2, 4], temperatures: [0.05, 0.2, 0.5] }],
    ['dmd2', { updates: 5, counts: [1, 2, 4], lowest: 0.02, highest: 0.98, regression: 0, huber: 0.03 }],
    ['rectified-flow', { huber: 0.03, ends: 4 }],
    ['rectified-flow-distilled', { huber: 0.03 }],
  ])('of %s have defaults', (name, defaults) => {
    expect(methodNamed(name).options.parse({})).toEqual(defaults);
  });

  it.each([
    ['trajectory', 'endpoint', [0, 1], [-1e-9, 1.001]],
    ['trajectory', 'even', [0, 1], [-1e-9, 1.001]],
    ['trajectory', 'counts', [[2], [64, 3]], [[], [1], [65], [2.5]]],
    ['trajectory', 'huber', [1e-9], [0]],
    ['consistency', 'huber', [1e-9], [0]],
    ['phased-consistency', 'phases', [[1], [64, 2]], [[], [0], [65], [1.5]]],
    ['consistency', 'start', [0, 1], [-1e-9, 1.001]],
    ['consistency', 'coarsest', [1e-9, 1], [0, 1.001]],
    ['consistency', 'finest', [1e-9, 1], [0, 1.001]],
    ['consistency', 'curriculum', [0, 1], [-1e-9, 1.001]],
    ['mean-velocity', 'diagonal', [0, 1], [-1e-9, 1.001]],
    ['mean-velocity', 'endpoint', [0, 1], [-1e-9, 1.001]],
    ['mean-velocity', 'huber', [1e-9], [0]],
    ['endpoint', 'huber', [1e-9], [0]],
    ['piecewise-reflow', 'windows', [1, 64], [0, 65, 1.5]],
    ['piecewise-reflow', 'huber', [1e-9], [0]],
    ['mean-flow', 'diagonal', [0, 1], [-1e-9, 1.001]],
    ['mean-flow', 'uniform', [0, 1], [-1e-9, 1.001]],
    ['mean-flow', 'power', [0, 2], [-1e-9, 2.001]],
    ['alpha-flow', 'diagonal', [0, 1], [-1e-9, 1.001]],
    ['alpha-flow', 'least', [1e-9, 1], [0, 1.001]],
    ['alpha-flow', 'end', [0.1, 1], [0, 1.001]],
    ['mean-flow', 'warmup', [0, 1], [-1e-9, 1.001]],
    ['shortcut', 'bootstrap', [0, 1], [-1e-9, 1.001]],
    ['facm', 'clamp', [1e-9], [0]],
    ['facm', 'power', [1e-9], [0]],
    ['facm', 'anchor', [0], [-1e-9]],
    ['scm', 'spread', [1e-9], [0]],
    ['scm', 'warmup', [0, 1], [-1e-9, 1.001]],
    ['progressive', 'jumps', [1, 64], [0, 65, 1.5]],
    ['progressive', 'huber', [1e-9], [0]],
    ['on-policy', 'counts', [[1], [4, 2]], [[], [0], [5], [1.5]]],
    ['on-policy', 'substeps', [1, 16], [0, 17, 1.5]],
    ['on-policy', 'huber', [1e-9], [0]],
    ['energy', 'endpoint', [0, 1], [-1e-9, 1.001]],
    ['energy', 'regression', [0], [-1e-9]],
    ['energy', 'huber', [1e-9], [0]],
    ['drifting', 'endpoint', [0, 1], [-1e-9, 1.001]],
    ['drifting', 'temperatures', [[1e-9]], [[], [0]]],
    ['dmd2', 'updates', [1, 100], [0, 101, 1.5]],
    ['dmd2', 'counts', [[1], [4, 2]], [[], [0], [5], [1.5]]],
    ['dmd2', 'lowest', [0, 1], [-1e-9, 1.001]],
    ['dmd2', 'highest', [0, 1], [-1e-9, 1.001]],
    ['dmd2', 'regression', [0], [-1e-9]],
    ['dmd2', 'huber', [1e-9], [0]],
    ['rectified-flow', 'huber', [1e-9], [0]],
    ['rectified-flow', 'ends', [0, 10], [-1e-9, 10.001]],
    ['rectified-flow-distilled', 'huber', [1e-9], [0]],
  ])('%s.%s may be %j, not %j', (name, option, good, bad) => {
    const accepts = (value: number | number[]): boolean =>
      methodNamed(name).options.safeParse({ [option]: value }).success;
    expect(good.map(accepts)).toEqual(good.map(() => true));
    expect(bad.map(accepts)).toEqual(bad.map(() => false));
  });
});
