import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { strideAt } from '../../../src/distillation/method/consistency.ts';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { tensor, values } from '../../eager.ts';
import { exactMeanVelocity, exactPaths } from './exact-flow.ts';
import { lossOn, targetsOn, tensorsOf } from './loss-on.ts';

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

  it.each([0, 0.2, 0.4, 1])('is zero on the exact flow map for consistency at progress %d', (progress) => {
    expect(drawnLoss('consistency', exactMeanVelocity, exactPaths(), {}, progress)).toBeCloseTo(0, 3);
    expect(drawnLoss('consistency', off, exactPaths(), {}, progress)).toBeGreaterThan(0.1);
  });

  it('of consistency is pseudo-Huber with its constant in units of √D', () => {
    const far: MeanVelocity = (x, s, t) => tf.add(exactMeanVelocity(x, s, t), 10);
    const difference = 10 * Math.sqrt(3) * (1 / 8); // of the two jumps to the data, over one interval of the grid
    const c = 0.5 * Math.sqrt(3);
    const expected = (Math.hypot(difference, c) - c) * 8;
    expect(drawnLoss('consistency', far, exactPaths(), { huber: 0.5, curriculum: 0.5, coarsest: 8 }, 1)).toBeCloseTo(
      expected,
      3,
    );
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

describe('the targets of consistency', () => {
  const method = create('consistency');
  const x = { x_s: tensor([1], [1, 1, 1]), x_t: tensor([2], [1, 1, 1]), s: tensor([0], [1]), t: tensor([0.5], [1]) };

  it('are where the later state lands, and at t = 1 that state itself', () => {
    const three: MeanVelocity = (at) => tf.fill(at.shape, 3);
    expect(values(() => targetsOn(method, three, x).data ?? tf.scalar(0))).toEqual([2 + 0.5 * 3]);
    const end = { ...x, t: tensor([1], [1]) };
    expect(values(() => targetsOn(method, three, end).data ?? tf.scalar(0))).toEqual([2]);
  });

  it('are compared at the weight 1/Δt', () => {
    const still: MeanVelocity = (at) => tf.zerosLike(at);
    const c = 0.00054;
    const [loss] = values(() => method.loss(still, x, { data: tensor([2], [1, 1, 1]) }, {}));
    expect(loss).toBeCloseTo((Math.hypot(1, c) - c) / 0.5, 5);
  });
});

it('the strides of consistency are no longer than the path, and one where there is no curriculum', () => {
  const one: CachedBatch = { ...exactPaths(), contexts: 64, draws: 1, token: 1, state: () => new Float32Array(1) };
  const strides = (options: object): number[] => {
    const { s, t } = create('consistency', { huber: 0.03, ...options }).draw(one, stream('strides'), 0);
    return [...new Set(Array.from(s?.data ?? [], (from, b) => 8 * ((t?.data[b] ?? Number.NaN) - from)))];
  };
  expect(strides({ coarsest: 64, curriculum: 0.5 })).toEqual([8]);
  expect(strides({ coarsest: 8, curriculum: 0 })).toEqual([1]);
});

describe('the options of a method', () => {
  it.each([
    ['trajectory', { endpoint: 0.25, huber: 0.03 }],
    ['consistency', { huber: 0.00054, coarsest: 8, curriculum: 0.5 }],
    ['rectified-flow', { huber: 0.03, ends: 4 }],
    ['rectified-flow-distilled', { huber: 0.03 }],
  ])('of %s have defaults', (name, defaults) => {
    expect(methodNamed(name).options.parse({})).toEqual(defaults);
  });

  it.each([
    ['trajectory', 'endpoint', [0, 1], [-1e-9, 1.001]],
    ['trajectory', 'huber', [1e-9], [0]],
    ['consistency', 'huber', [1e-9], [0]],
    ['consistency', 'coarsest', [1, 64], [0, 65, 1.5]],
    ['consistency', 'curriculum', [0, 1], [-1e-9, 1.001]],
    ['rectified-flow', 'huber', [1e-9], [0]],
    ['rectified-flow', 'ends', [0, 10], [-1e-9, 10.001]],
    ['rectified-flow-distilled', 'huber', [1e-9], [0]],
  ])('%s.%s may be %j, not %j', (name, option, good, bad) => {
    const accepts = (value: number): boolean => methodNamed(name).options.safeParse({ [option]: value }).success;
    expect(good.map(accepts)).toEqual(good.map(() => true));
    expect(bad.map(accepts)).toEqual(bad.map(() => false));
  });
});

it('the stride of consistency halves in equal shares of the curriculum, from the coarsest to 1', () => {
  expect([0, 0.24, 0.25, 0.49, 0.5, 0.74, 0.75, 1, 2].map((progress) => strideAt(8, progress))).toEqual([
    8, 8, 4, 4, 2, 2, 1, 1, 1,
  ]);
  expect([0, 0.4, 0.6, 1].map((progress) => strideAt(3, progress))).toEqual([2, 2, 1, 1]);
  expect([0, 1].map((progress) => strideAt(1, progress))).toEqual([1, 1]);
});
