/** Methods in continuous time: zero on the exact flow map, derivatives against float64, and whom they ask. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import { alongPath } from '../../../src/distillation/method/tangent.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { perContext } from '../../../src/heads/flow.ts';
import { tensor, values } from '../../eager.ts';
import { exactPaths } from './exact-flow.ts';
import { exact, exactJump, stateOf, velocity } from './gaussian-flow.ts';
import { lossOn, targetsOn } from './loss-on.ts';

const create = (name: string, options: object = {}) => methodNamed(name).create(options);
const [first, second] = [-0.8, 1.3];
const batch = (s = [0, 0.25], t = [0.6, 1]) => ({
  x_s: tensor([stateOf(first, s[0] ?? 0), stateOf(second, s[1] ?? 0)], [2, 1, 1]),
  s: tensor(s, [2]),
  t: tensor(t, [2]),
  ramp: tensor([1], [1]),
});
const off: MeanVelocity = (x, s, t) => tf.add(exactJump(x, s, t), 0.1);

describe('the derivative along the teacher’s path', () => {
  it('is that of float64 differences, in the state and in the time', () => {
    const curved: MeanVelocity = (x, s, t) => tf.mul(tf.sin(tf.mul(x, perContext(tf.add(s, 1)))), perContext(t));
    const [x, s, t, v] = [0.7, 0.3, 0.9, -1.7];
    const u = (by: number): number => Math.sin((x + by * v) * (s + by + 1)) * t;
    const h = 1e-5;
    const [change = Number.NaN] = values(
      () =>
        alongPath(
          curved,
          { x: tensor([x], [1, 1, 1]), s: tensor([s], [1]), t: tensor([t], [1]) },
          tensor([v], [1, 1, 1]),
        ).change,
    );
    expect(change).toBeCloseTo((u(h) - u(-h)) / (2 * h), 5);
  });
});

describe('mean flow', () => {
  it('is zero on the exact flow map, and not on one that is off, nor for another teacher', () => {
    expect(lossOn(create('mean-flow', { power: 0 }), exactJump, () => batch(), { teacher: velocity })).toBeLessThan(
      0.01 + 1e-6,
    );
    const raw = (u: MeanVelocity, teacher = velocity) =>
      lossOn(create('mean-flow', { power: 0 }), u, () => batch(), { teacher }) - 0.01; // ε is in the square
    expect(Math.abs(raw(exactJump))).toBeLessThan(1e-6);
    expect(raw(off)).toBeGreaterThan(1e-3);
    expect(raw(exactJump, (x, t) => tf.neg(velocity(x, t)))).toBeGreaterThan(0.1);
  });

  it('has the target v + r·(t − s)·du/ds', () => {
    const u: MeanVelocity = (x, s) => tf.mul(x, perContext(s));
    const [x, s, t, v, ramp] = [2, 0.5, 0.75, 3, 0.5];
    const one = () => ({
      x_s: tensor([x], [1, 1, 1]),
      s: tensor([s], [1]),
      t: tensor([t], [1]),
      ramp: tensor([ramp], [1]),
    });
    const mean = (options: object) =>
      values(
        () =>
          targetsOn(create('mean-flow', options), u, one(), { teacher: (at) => tf.fill(at.shape, v) })
            .mean as tf.Tensor,
      )[0];
    const tangent = v + ramp * (t - s) * (v * s + x) - x * s;
    expect(mean({})).toBeCloseTo(x * s + tangent, 5);
    expect(mean({ normalize: true })).toBeCloseTo(x * s + tangent / (Math.abs(tangent) + 0.1), 5);
  });

  it('weighs squares as its power says', () => {
    const zero: MeanVelocity = (x) => tf.zerosLike(x);
    const loss = (power: number) =>
      lossOn(create('mean-flow', { power }), zero, () => batch(), { teacher: (x) => tf.fill(x.shape, 2) });
    expect(loss(0)).toBeCloseTo(4.01, 5);
    expect(loss(0.5)).toBeCloseTo(2 * Math.sqrt(4.01), 5);
    expect(loss(1)).toBeCloseTo(Math.log(4.01), 5);
  });
});

describe('flow-anchored consistency', () => {
  it('is zero on the exact flow map, and its parts are not on others', () => {
    const loss = (u: MeanVelocity, options: object = {}) =>
      lossOn(create('facm', options), u, () => batch([0.1, 0.25]), { teacher: velocity });
    expect(loss(exact)).toBeLessThan(1e-6);
    const slopeOff: MeanVelocity = (x, s, t) => tf.add(exact(x, s, t), perContext(tf.cast(tf.equal(s, t), 'float32')));
    expect(loss(slopeOff)).toBeCloseTo(1, 3);
    expect(loss(slopeOff, { anchor: 0 })).toBeLessThan(1e-6);
    expect(
      loss((x, s, t) => tf.add(exact(x, s, t), tf.sub(1, perContext(tf.cast(tf.equal(s, t), 'float32'))))),
    ).toBeGreaterThan(0.05);
  });

  it('weighs the tangent by cos(πs/2)', () => {
    const zero: MeanVelocity = (x) => tf.zerosLike(x);
    const at = (s: number) =>
      lossOn(
        create('facm', { anchor: 0, power: 2 }),
        zero,
        () => ({ x_s: tensor([1], [1, 1, 1]), s: tensor([s], [1]), t: tensor([s], [1]) }),
        { teacher: (x) => tf.fill(x.shape, 0.5) },
      );
    expect(at(1)).toBeCloseTo(0, 6); // a root of the cosine were none: it is a little below 0 in float32
    for (const s of [0, 0.5, 0.9])
      expect(at(s)).toBeCloseTo(Math.cos((Math.PI * s) / 2) * (0.5 * (1 - s ** 2)) ** 2, 5);
  });

  it('clamps and relaxes the tangent: u − (1 − s^p)·clamp(u − v − (1 − s)·du/ds)', () => {
    const u: MeanVelocity = (x) => tf.fill(x.shape, 5);
    const mean = (v: number, clamp: number) =>
      values(
        () =>
          targetsOn(
            create('facm', { clamp, power: 2 }),
            u,
            { x_s: tensor([1], [1, 1, 1]), s: tensor([0.5], [1]), t: tensor([0.5], [1]) },
            { teacher: (x) => tf.fill(x.shape, v) },
          ).mean as tf.Tensor,
      )[0];
    expect(mean(4.5, 1)).toBeCloseTo(5 - 0.75 * 0.5, 5);
    expect(mean(-9, 1)).toBeCloseTo(5 - 0.75, 5);
    expect(mean(9, 2)).toBeCloseTo(5 + 0.75 * 2, 5);
  });
});

describe('continuous-time consistency', () => {
  const level = tensor(new Array(16).fill(0), [16]);
  const auxiliary = { level };

  it('is zero on the exact flow map, and not on others', () => {
    const loss = (u: MeanVelocity) =>
      lossOn(create('scm'), u, () => batch([0.1, 0.4]), { teacher: velocity, auxiliary });
    expect(loss(exactJump)).toBeLessThan(1e-8);
    expect(loss(off)).toBeGreaterThan(1e-3);
  });

  it('is the paper’s tangent in TrigFlow, by float64 differences of its own network', () => {
    // F(x_τ, τ) of u(x, s) = a·x·s: f = x_t + (1 − t)·u = cos τ·x_τ − sin τ·F
    const [a, x, t, v, ramp] = [0.7, 1.2, 0.35, -0.6, 0.5];
    const tau = Math.atan((1 - t) / t);
    const at = (angle: number) => {
      const time = Math.cos(angle) / (Math.cos(angle) + Math.sin(angle));
      const state = x + (time - t) * v;
      const bridged = state / Math.hypot(time, 1 - time);
      const f = state + (1 - time) * a * state * time;
      return { bridged, F: (Math.cos(angle) * bridged - f) / Math.sin(angle) };
    };
    const h = 1e-5;
    const change = (key: 'bridged' | 'F') => (at(tau + h)[key] - at(tau - h)[key]) / (2 * h);
    const { bridged, F } = at(tau);
    const g =
      -(Math.cos(tau) ** 2) * (F - change('bridged')) - ramp * Math.cos(tau) * Math.sin(tau) * (bridged + change('F'));
    const expected = (g / (Math.abs(g) + 0.1)) ** 2;
    const u: MeanVelocity = (state, s) => tf.mul(a, tf.mul(state, perContext(s)));
    const one = () => ({
      x_s: tensor([x], [1, 1, 1]),
      s: tensor([t], [1]),
      t: tensor([t], [1]),
      ramp: tensor([ramp], [1]),
    });
    const asked = { teacher: (state: tf.Tensor) => tf.fill(state.shape, v), auxiliary };
    expect(lossOn(create('scm'), u, one, asked)).toBeCloseTo(expected, 4);
    const mean = values(() => targetsOn(create('scm'), u, one(), asked).mean as tf.Tensor)[0] ?? Number.NaN;
    // the network of the paper moves by +g where u moves by −(cos τ + sin τ) times it
    expect(Math.sign(mean - a * x * t)).toBe(-Math.sign(g));
  });

  it('weighs by e^ℓ and pays for ℓ, which is linear between its places in time', () => {
    const places = tensor(
      Array.from({ length: 16 }, (_, k) => k / 10),
      [16],
    );
    const u: MeanVelocity = (x) => tf.zerosLike(x);
    const at = (s: number, of: tf.Tensor) =>
      lossOn(
        create('scm'),
        u,
        () => ({ x_s: tensor([1], [1, 1, 1]), s: tensor([s], [1]), t: tensor([s], [1]), ramp: tensor([1], [1]) }),
        {
          teacher: (x) => tf.fill(x.shape, 1),
          auxiliary: { level: of },
        },
      );
    const l = 0.3 * 1.5; // at 0.3 of fifteen intervals of a tenth each
    expect(at(0.3, places)).toBeCloseTo(Math.exp(l) * at(0.3, level) - l, 4);
  });
});

describe('the states of flow-anchored and continuous-time consistency', () => {
  const rows = 2000;
  const paths = exactPaths();
  const many = { ...paths, contexts: rows, state: (b: number, g: number) => paths.state(b % 4, g) };
  const drawn = (name: string, options: object) => create(name, options).draw(many, stream('states'), 0);

  it.each(['facm', 'scm'])('of %s are at single logistic times about the centre, on the grid', (name) => {
    const { s, x_s: x } = drawn(name, { centre: 0 });
    const times = Array.from(s?.data ?? []);
    for (const [b, time] of times.entries()) {
      expect(many.grid).toContain(time);
      if (b < 8) expect([...(x?.data.subarray(b * 6, b * 6 + 6) ?? [])]).toEqual([...many.state(b, time * 8)]);
    }
    expect(times.reduce((sum, time) => sum + time, 0) / rows).toBeCloseTo(0.5, 1); // of the earlier of two it were 0.39
    expect(times.filter((time) => time < 0.5).length / times.filter((time) => time > 0.5).length).toBeCloseTo(1, 0);
  });

  it.each(['mean-flow', 'alpha-flow'])('of %s hear from data: uniform jumps end there', (name) => {
    const { s, t } = drawn(name, { diagonal: 0, uniform: 1 });
    expect(new Set(t?.data)).toEqual(new Set([1]));
    expect(new Set(s?.data).size).toBe(8);
  });

  it('are uniform over the grid but for data, where they are told', () => {
    const grid = [0, 1, 2, 3, 4, 5, 6, 7].map((g) => g / 8);
    const starts = Array.from(drawn('scm', { uniform: 1 }).s?.data ?? []);
    for (const time of grid) {
      const share = starts.filter((start) => start === time).length / starts.length;
      expect(Math.abs(share - 1 / 8)).toBeLessThan(0.04);
    }
  });

  it('spread as they are told', () => {
    const far = (spread: number) =>
      Array.from(drawn('scm', { centre: 0, spread, uniform: 0 }).s?.data ?? []).filter(
        (time) => Math.abs(time - 0.5) > 0.3,
      ).length;
    expect(far(3)).toBeGreaterThan(2 * far(1));
  });
});
