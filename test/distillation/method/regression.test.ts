/** Methods that regress onto cached states, the teacher's slope or their own jumps. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { perContext, type Velocity } from '../../../src/heads/flow.ts';
import { tensor, values } from '../../eager.ts';
import { exactMeanVelocity, exactPaths } from './exact-flow.ts';
import { exact, exactJump, stateOf, velocity } from './gaussian-flow.ts';
import { lossOn, targetsOn, tensorsOf } from './loss-on.ts';

const create = (name: string, options: object = {}) => methodNamed(name).create(options);
const still: MeanVelocity = (x) => tf.zerosLike(x);
const huber = (distance: number, c = 0.03): number => Math.hypot(distance, c) - c;
const many = (contexts = 400): CachedBatch => {
  const paths = exactPaths();
  return { ...paths, contexts, state: (b, g) => paths.state(b % 4, g) };
};

describe('mean-velocity regression', () => {
  const pair = () => ({
    x_s: tensor([1], [1, 1, 1]),
    x_t: tensor([2], [1, 1, 1]),
    s: tensor([0.25], [1]),
    t: tensor([0.5], [1]),
  });
  const teacher: Velocity = (x, t) => tf.add(x, perContext(t));

  it('has a share of the jump and the rest of the slope where it ends', () => {
    const loss = (diagonal: number) => lossOn(create('mean-velocity', { diagonal }), still, pair, { teacher });
    expect(loss(0)).toBeCloseTo(huber(1 / Math.sqrt(0.25)), 5);
    expect(loss(1)).toBeCloseTo(huber(2.5), 5);
    expect(loss(0.25)).toBeCloseTo(0.75 * huber(2) + 0.25 * huber(2.5), 5);
  });

  it('asks for u(x_t, t, t)', () => {
    const seen: number[][] = [];
    const look: MeanVelocity = (x, s, t) => {
      seen.push([...x.dataSync(), ...s.dataSync(), ...t.dataSync()]);
      return tf.zerosLike(x);
    };
    lossOn(create('mean-velocity'), look, pair, { teacher });
    expect(seen).toEqual([
      [1, 0.25, 0.5],
      [2, 0.5, 0.5],
    ]);
  });
});

describe('endpoint regression', () => {
  it('draws whole paths and is zero where the jump lands on their ends', () => {
    const method = create('endpoint');
    const drawn = method.draw(exactPaths(), stream('ends'), 0);
    expect([...(drawn.s?.data ?? [])]).toEqual([0, 0, 0, 0]);
    expect([...(drawn.t?.data ?? [])]).toEqual([1, 1, 1, 1]);
    expect(lossOn(method, exactMeanVelocity, () => tensorsOf(drawn))).toBeCloseTo(0, 5);
    expect(
      lossOn(
        method,
        (x, s, t) => tf.sub(exactMeanVelocity(x, s, t), 1),
        () => tensorsOf(drawn),
      ),
    ).toBeCloseTo(huber(Math.sqrt(3), 0.03 * Math.sqrt(3)), 4);
  });
});

describe('piecewise rectified flow', () => {
  it('sees the points of the chord of its window, and its slope', () => {
    const seen: number[] = [];
    const look: MeanVelocity = (x, s, t) => {
      seen.push(...x.dataSync(), ...s.dataSync(), ...t.dataSync());
      return tf.fill(x.shape, 8);
    };
    const batch = () => ({
      x_s: tensor([1], [1, 1, 1]),
      x_t: tensor([3], [1, 1, 1]),
      s: tensor([0.25], [1]),
      t: tensor([0.5], [1]),
      share: tensor([0.75], [1]),
      ahead: tensor([0.5], [1]),
    });
    expect(lossOn(create('piecewise-reflow'), look, batch)).toBeCloseTo(0, 5); // (3 − 1)/0.25
    expect(seen).toEqual([2.5, 0.4375, 0.46875]); // halfway to the window's end
  });

  it('draws its windows alike, no more than the cache has intervals', () => {
    const drawn = (windows: number) => create('piecewise-reflow', { windows }).draw(many(), stream('windows'), 0);
    const starts = (windows: number) => [...new Set(drawn(windows).s?.data ?? [])].sort();
    expect(starts(1)).toEqual([0]);
    expect(starts(4)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(starts(64)).toHaveLength(8);
    const { s, t, share, ahead } = drawn(4);
    for (const [b, from] of (s?.data ?? []).entries()) expect((t?.data[b] ?? 0) - from).toBe(0.25);
    const shares = Array.from(share?.data ?? []);
    expect(Math.max(...shares)).toBeGreaterThan(0.95);
    expect(Math.min(...shares)).toBeLessThan(0.05);
    const whole = shares.filter((value, b) => value === 0 && ahead?.data[b] === 1).length / shares.length;
    expect(whole).toBeGreaterThan(0.15); // a quarter
    expect(whole).toBeLessThan(0.35);
  });
});

describe('shortcut', () => {
  const batch = (t: number[]) => ({
    x_s: tensor([stateOf(-0.8, 0), stateOf(1.3, 0.25)], [2, 1, 1]),
    s: tensor([0, 0.25], [2]),
    t: tensor(t, [2]),
  });

  it('is zero on the exact flow map, and not on others or by another teacher', () => {
    const loss = (u: MeanVelocity, teacher: Velocity, t: number[]) =>
      lossOn(create('shortcut'), u, () => batch(t), { teacher, other: u });
    expect(loss(exactJump, velocity, [1, 0.75])).toBeLessThan(1e-9);
    expect(loss(exact, velocity, [0, 0.25])).toBeLessThan(1e-9);
    expect(loss((x, s, t) => tf.add(exactJump(x, s, t), tf.mul(x, 0.1)), velocity, [1, 0.75])).toBeGreaterThan(1e-6);
    expect(loss(exact, (x, t) => tf.neg(velocity(x, t)), [0, 0.25])).toBeGreaterThan(0.1);
  });

  it('aims at two jumps of the averaged student of half the size, the second from where the first lands', () => {
    const average: MeanVelocity = (x, s) => tf.add(x, tf.mul(10, perContext(s)));
    const one = { x_s: tensor([1], [1, 1, 1]), s: tensor([0.5], [1]), t: tensor([1], [1]) };
    const teacher: Velocity = (x) => tf.fill(x.shape, 99);
    const target = values(
      () => targetsOn(create('shortcut'), still, one, { teacher, other: average }).mean as tf.Tensor,
    );
    const first = 1 + 10 * 0.5;
    const second = 1 + 0.25 * first + 10 * 0.75;
    expect(target[0]).toBeCloseTo((first + second) / 2, 5);
  });

  it('draws dyadic jumps that start at multiples of their size, or stays', () => {
    const { s, t } = create('shortcut', { bootstrap: 0.5 }).draw(many(), stream('dyadic'), 0);
    const sizes = new Map<number, number>();
    for (const [b, from] of (s?.data ?? []).entries()) {
      const size = 8 * ((t?.data[b] ?? Number.NaN) - from);
      sizes.set(size, (sizes.get(size) ?? 0) + 1);
      if (size > 0) expect((8 * from) % size).toBe(0);
    }
    expect([...sizes.keys()].sort()).toEqual([0, 1, 2, 4, 8]);
    expect((sizes.get(0) ?? 0) / 400).toBeCloseTo(0.5, 1);
  });
});

describe('on-policy regression', () => {
  const batch = (count: number[], s: number[]) => ({
    noise: tensor([-0.8, 1.3], [2, 1, 1]),
    count: tensor(count, [2]),
    s: tensor(s, [2]),
  });

  it('is small on the exact flow map, less with more steps of the teacher, and not on others', () => {
    const loss = (u: MeanVelocity, substeps = 4) =>
      lossOn(create('on-policy', { substeps }), u, () => batch([2, 4], [0.5, 0.75]), { teacher: velocity });
    expect(loss(exact, 16)).toBeLessThan(1e-4);
    expect(loss(exact, 1)).toBeGreaterThan(10 * loss(exact, 16));
    expect(loss((x, s, t) => tf.add(exact(x, s, t), 0.5))).toBeGreaterThan(0.1);
  });

  it('starts where the student itself came to, and goes one step of its count', () => {
    const two: MeanVelocity = (x) => tf.fill(x.shape, 2);
    const seen: number[][] = [];
    const teacher: Velocity = (x, t) => {
      seen.push([...x.dataSync(), ...t.dataSync()]);
      return tf.fill(x.shape, 1);
    };
    const found = tf.tidy(() => {
      const { state, landing } = targetsOn(create('on-policy', { substeps: 1 }), two, batch([4, 1], [0.5, 0]), {
        teacher,
      });
      return { state: [...(state?.dataSync() ?? [])], landing: [...(landing?.dataSync() ?? [])] };
    });
    expect(found.state[0]).toBeCloseTo(-0.8 + 2 * 0.5, 5);
    expect(found.state[1]).toBeCloseTo(1.3, 5); // at the first of its steps it is still the noise
    expect(found.landing[0]).toBeCloseTo(0.2 + 0.25, 5);
    expect(found.landing[1]).toBeCloseTo(1.3 + 1, 5);
    expect(seen.map((row) => row.slice(2))).toEqual([
      [0.5, 0],
      [0.625, 0.5],
    ]);
  });

  it('weighs the landing by 1/√(t − s)', () => {
    const one = () => ({ noise: tensor([1], [1, 1, 1]), count: tensor([4], [1]), s: tensor([0.25], [1]) });
    const teacher: Velocity = (x) => tf.fill(x.shape, 2);
    const loss = lossOn(create('on-policy', { substeps: 1 }), still, one, { teacher });
    expect(loss).toBeCloseTo(huber((0.25 * 2) / Math.sqrt(0.25)), 5);
  });

  it('draws noise, a step count and one of its steps', () => {
    const { noise, count, s } = create('on-policy').draw(many(), stream('rollouts'), 0);
    expect(new Set(count?.data)).toEqual(new Set([1, 2, 4]));
    const places = new Set(Array.from(s?.data ?? [], (from, b) => `${from * (count?.data[b] ?? 0)}/${count?.data[b]}`));
    expect(places).toEqual(new Set(['0/1', '0/2', '1/2', '0/4', '1/4', '2/4', '3/4']));
    expect([...(noise?.data.subarray(0, 6) ?? [])]).toEqual([...exactPaths().state(0, 0)]);
  });
});

describe('progressive distillation', () => {
  it('is zero on the exact flow map, and aims at two jumps of the student that it started from', () => {
    const pair = () => ({
      x_s: tensor([stateOf(-0.8, 0), stateOf(1.3, 0.5)], [2, 1, 1]),
      x_t: tensor([0, 0], [2, 1, 1]),
      s: tensor([0, 0.5], [2]),
      t: tensor([0.5, 1], [2]),
    });
    expect(lossOn(create('progressive'), exactJump, pair, { other: exactJump })).toBeLessThan(1e-5);
    const start: MeanVelocity = (x, s) => tf.add(x, perContext(s));
    const [landing = 0] = values(
      () => targetsOn(create('progressive'), still, pair(), { other: start }).landing as tf.Tensor,
    );
    const halfway = -0.8 + 0.25 * -0.8;
    expect(landing).toBeCloseTo(halfway + 0.25 * (halfway + 0.25), 5);
    const one = () => ({
      x_s: tensor([1], [1, 1, 1]),
      x_t: tensor([0], [1, 1, 1]),
      s: tensor([0.5], [1]),
      t: tensor([0.75], [1]),
    });
    expect(lossOn(create('progressive'), still, one, { other: (x) => tf.fill(x.shape, 4) })).toBeCloseTo(
      huber(1 / Math.sqrt(0.25)),
      4,
    );
  });

  it('draws the jumps of its number of steps', () => {
    const { s, t } = create('progressive', { jumps: 4 }).draw(many(), stream('stages'), 0);
    expect([...new Set(s?.data)].sort()).toEqual([0, 0.25, 0.5, 0.75]);
    for (const [b, from] of (s?.data ?? []).entries()) expect((t?.data[b] ?? 0) - from).toBe(0.25);
  });
});
