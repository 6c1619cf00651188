import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { strideAt } from '../../../src/distillation/method/consistency.ts';
import { pseudoHuber } from '../../../src/distillation/method/distance.ts';
import type { CachedBatch, Draw } from '../../../src/distillation/method/method.ts';
import { drawPairs, pairSpecs } from '../../../src/distillation/method/pair.ts';
import { nearOne } from '../../../src/distillation/method/rectified-flow.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { tensor, values } from '../../eager.ts';
import { exactMeanVelocity, exactPaths } from './exact-flow.ts';

function create(name: string, options: object = {}) {
  return methodNamed(name).create(options);
}

const tensors = (draw: Draw): NamedTensors =>
  Object.fromEntries(Object.entries(draw).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

/** The teacher of methods that do not ask for it. */
const never = (): never => {
  throw new Error('the teacher was asked');
};

/** The loss of a method with a given student on pairs drawn from paths. */
function lossOf(name: string, u: MeanVelocity, paths: CachedBatch, options: object = {}, progress = 0): number {
  const method = create(name, options);
  const draw = method.draw(paths, stream('draw', name), progress);
  const [loss = Number.NaN] = values(() => {
    const batch = tensors(draw);
    return method.loss(u, batch, method.targets?.(u, batch, never) ?? {});
  });
  return loss;
}

/** A student that is off the exact one by a constant. */
const off: MeanVelocity = (x, s, t) => tf.add(exactMeanVelocity(x, s, t), 0.1);

describe("a method's loss", () => {
  it('is zero on the exact flow map for trajectory regression, and on no other', () => {
    expect(lossOf('trajectory', exactMeanVelocity, exactPaths())).toBeCloseTo(0, 5);
    expect(lossOf('trajectory', off, exactPaths())).toBeGreaterThan(0.02);
  });

  it.each([0, 0.2, 0.4, 1])('is zero on the exact flow map for consistency at progress %d', (progress) => {
    expect(lossOf('consistency', exactMeanVelocity, exactPaths(), {}, progress)).toBeCloseTo(0, 3);
    expect(lossOf('consistency', off, exactPaths(), {}, progress)).toBeGreaterThan(0.1);
  });

  it('of consistency is pseudo-Huber with its constant in units of √D', () => {
    const far: MeanVelocity = (x, s, t) => tf.add(exactMeanVelocity(x, s, t), 10);
    const difference = 10 * Math.sqrt(3) * (1 / 8); // of the two jumps to the data, over one interval of the grid
    const c = 0.5 * Math.sqrt(3);
    const expected = (Math.hypot(difference, c) - c) * 8;
    expect(lossOf('consistency', far, exactPaths(), { huber: 0.5, curriculum: 0.5, coarsest: 8 }, 1)).toBeCloseTo(
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
      expect(lossOf(name, () => slope, paths)).toBeCloseTo(0, 5);
      expect(lossOf(name, () => tf.add(slope, 0.1), paths)).toBeCloseTo(
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
    tf.tidy(() => create('rectified-flow').loss(look, batch, {}));
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
      const [loss] = values(() => create('trajectory').loss(still, pair(s, t), {}));
      expect(loss).toBeCloseTo(Math.hypot(5 / Math.sqrt(t - s), c) - c, 4);
    }
  });
});

describe('the targets of consistency', () => {
  const method = create('consistency');
  const x = { x_s: tensor([1], [1, 1, 1]), x_t: tensor([2], [1, 1, 1]), s: tensor([0], [1]), t: tensor([0.5], [1]) };

  it('are where the later state lands, and at t = 1 that state itself', () => {
    const three: MeanVelocity = (at) => tf.fill(at.shape, 3);
    expect(values(() => method.targets?.(three, x, never).data ?? tf.scalar(0))).toEqual([2 + 0.5 * 3]);
    const end = { ...x, t: tensor([1], [1]) };
    expect(values(() => method.targets?.(three, end, never).data ?? tf.scalar(0))).toEqual([2]);
  });

  it('are compared at the weight 1/Δt', () => {
    const still: MeanVelocity = (at) => tf.zerosLike(at);
    const c = 0.00054;
    const [loss] = values(() => method.loss(still, x, { data: tensor([2], [1, 1, 1]) }));
    expect(loss).toBeCloseTo((Math.hypot(1, c) - c) / 0.5, 5);
  });
});

describe('pairs', () => {
  /** State g of draw k in context b holds 100·b + 10·g + k. */
  const labelled: CachedBatch = {
    contexts: 3,
    draws: 2,
    token: 1,
    grid: Float32Array.of(0, 0.25, 0.5, 1),
    state: (b, g) => Float32Array.of(100 * b + 10 * g, 100 * b + 10 * g + 1),
  };

  it('are the states and times at the chosen places of the grid', () => {
    const pair = drawPairs(labelled, (b) => [b, b === 0 ? 3 : b + 1]);
    expect(Object.fromEntries(Object.entries(pair).map(([name, { data }]) => [name, [...data]]))).toEqual({
      x_s: [0, 1, 110, 111, 220, 221],
      x_t: [30, 31, 120, 121, 230, 231],
      s: [0, 0.25, 0.5],
      t: [1, 0.5, 1],
    });
    const specs = pairSpecs({ contexts: 3, draws: 2, token: 1 });
    expect(Object.fromEntries(Object.entries(pair).map(([name, { shape }]) => [name, { shape }]))).toEqual(specs);
  });

  it('of rectified flow are the two ends of one draw’s path', () => {
    const { noise, data } = create('rectified-flow').draw(labelled, stream('ends'), 0);
    expect([...(noise?.data ?? [])]).toEqual([0, 1, 100, 101, 200, 201]);
    expect([...(data?.data ?? [])]).toEqual([30, 31, 130, 131, 230, 231]);
  });

  const many: CachedBatch = {
    ...exactPaths(),
    contexts: 4000,
    draws: 1,
    token: 1,
    state: () => new Float32Array(1),
  };
  const times = (name: string, options: object = {}, progress = 0): [number, number][] => {
    const { s, t } = create(name, options).draw(many, stream('times'), progress);
    return Array.from(s?.data ?? [], (from, b) => [8 * from, 8 * (t?.data[b] ?? 0)]);
  };

  it('of trajectory regression go forward, start everywhere, and run from end to end as often as asked', () => {
    const drawn = times('trajectory', { endpoint: 0 });
    expect(drawn.every(([from, to]) => to > from)).toBe(true);
    expect(new Set(drawn.map(([from, to]) => `${from}-${to}`)).size).toBe(36); // all pairs of nine states
    const whole = times('trajectory', { endpoint: 0.7 }).filter(([from, to]) => from === 0 && to === 8).length / 4000;
    expect(whole).toBeCloseTo(0.7 + (0.3 * 1) / 64, 1.5); // 0.3 of the rest start at 0 (1/8) and go to the end (1/8)
    expect(times('trajectory', { endpoint: 1 })).toEqual(new Array(4000).fill([0, 8]));
  });

  it('of consistency are neighbours at the stride of the time, over the whole path', () => {
    for (const [progress, stride] of [
      [0, 8],
      [0.2, 4],
      [0.4, 1],
      [1, 1],
    ] as const) {
      const drawn = times('consistency', {}, progress);
      expect(drawn.every(([from, to]) => to - from === stride && from % stride === 0)).toBe(true);
      expect(new Set(drawn.map(([from]) => from)).size).toBe(8 / stride);
    }
  });

  it('of distilled rectified flow run from noise to data', () => {
    expect(times('rectified-flow-distilled')).toEqual(new Array(4000).fill([0, 8]));
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

describe('the times of rectified flow', () => {
  it('near one have the density a·exp(a·t)/(exp(a) − 1)', () => {
    for (const [t, a] of [
      [0.2, 4],
      [0.9, 4],
      [0.5, 0.01],
    ] as const) {
      const below = Math.expm1(a * t) / Math.expm1(a); // the distribution function
      expect(nearOne(below, a)).toBeCloseTo(t, 10);
    }
    expect([nearOne(0, 4), nearOne(1, 4)]).toEqual([0, 1]);
    expect(nearOne(0.3, 0)).toBe(0.3);
  });

  it('are each context’s own: beside its side a place of its own', () => {
    const few: CachedBatch = { ...exactPaths(), contexts: 8, draws: 1, token: 1, state: () => new Float32Array(1) };
    const found = create('rectified-flow', { ends: 3 }).draw(few, stream('own times'), 0).t?.data;
    const random = stream('own times');
    const [sides, places] = [random.uniform(8), random.uniform(8)];
    const expected = Array.from(places, (place, b) => {
      const near = nearOne(place, 3);
      return (sides[b] ?? Number.NaN) < 0.5 ? near : 1 - near;
    });
    expect([...(found ?? [])]).toEqual(expected.map((t) => expect.closeTo(t, 6)));
  });

  it('gather at both ends alike', () => {
    const many: CachedBatch = { ...exactPaths(), contexts: 20_000, state: () => new Float32Array(6) };
    const drawn = Array.from(create('rectified-flow', { ends: 4 }).draw(many, stream('ends'), 0).t?.data ?? []);
    const share = (from: number, to: number): number => drawn.filter((t) => t >= from && t < to).length / drawn.length;
    const below = (t: number): number =>
      (Math.expm1(4 * t) / Math.expm1(4) + 1 - Math.expm1(4 * (1 - t)) / Math.expm1(4)) / 2;
    for (const [from, to] of [
      [0, 0.1],
      [0.1, 0.5],
      [0.5, 0.9],
      [0.9, 1.01],
    ] as const)
      expect(share(from, to)).toBeCloseTo(below(Math.min(1, to)) - below(from), 1.7);
  });
});

describe('the pseudo-Huber distance', () => {
  it('is √(‖a − b‖² + c²) − c, its mean over contexts and draws', () => {
    const a = tensor([3, 4, 0, 0], [2, 1, 2]);
    const b = tensor([0, 0, 0, 0], [2, 1, 2]);
    expect(values(() => pseudoHuber(a, b, 2))[0]).toBeCloseTo((Math.sqrt(29) - 2) / 2, 5);
    expect(values(() => pseudoHuber(a, b, 2, tensor([4, 100], [2, 1])))[0]).toBeCloseTo(
      (4 * (Math.sqrt(29) - 2)) / 2,
      5,
    );
  });
});
