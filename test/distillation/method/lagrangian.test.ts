import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { learnedWeight, weightParameters } from '../../../src/distillation/method/learned-weight.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import { nearest } from '../../../src/distillation/method/times.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { perContext, type Velocity } from '../../../src/heads/flow.ts';
import { tensor, values } from '../../eager.ts';
import { exactPaths } from './exact-flow.ts';
import { exactJump, velocity } from './gaussian-flow.ts';
import { lossOn } from './loss-on.ts';

const create = (options: object = {}) => methodNamed('lagrangian').create(options);

/** The loss of a student against a teacher on a batch. */
const lossOf = (u: MeanVelocity, teacher: Velocity, batch: () => NamedTensors): number =>
  lossOn(create(), u, batch, { teacher });

describe('the loss of Lagrangian map distillation', () => {
  const pairs = () => ({
    x_s: tensor([0.3, -1, 0.8, 2], [2, 1, 2]),
    s: tensor([0, 0.25], [2]),
    t: tensor([0.6, 1], [2]),
  });

  it('is zero on the exact flow map, and not on one that is off, nor for another teacher', () => {
    expect(lossOf(exactJump, velocity, pairs)).toBeLessThan(1e-9);
    expect(lossOf((x, s, t) => tf.add(exactJump(x, s, t), 0.1), velocity, pairs)).toBeGreaterThan(1e-3);
    expect(lossOf(exactJump, (x, t) => tf.neg(velocity(x, t)), pairs)).toBeGreaterThan(0.1);
  });

  it('derives the whole jump in t, and asks the teacher where it lands and then', () => {
    const seen: number[][] = [];
    const teacher: Velocity = (x, t) => {
      seen.push([...x.dataSync()], [...t.dataSync()]);
      return tf.fill(x.shape, 0.5);
    };
    const rising: MeanVelocity = (x, _, t) => tf.add(tf.zerosLike(x), perContext(tf.mul(t, 3)));
    const batch = () => ({ x_s: tensor([1], [1, 1, 1]), s: tensor([0.25], [1]), t: tensor([0.75], [1]) });
    const slope = 3 * (2 * 0.75 - 0.25); // of (t − s)·3t
    expect(lossOf(rising, teacher, batch)).toBeCloseTo((slope - 0.5) ** 2, 5);
    expect(seen).toEqual([[1 + 0.5 * 3 * 0.75], [0.75]]);
  });

  it('is on the diagonal the slope’s error', () => {
    const batch = () => ({ x_s: tensor([1, 2], [1, 1, 2]), s: tensor([0.5], [1]), t: tensor([0.5], [1]) });
    const still: MeanVelocity = (x, s) => tf.add(tf.zerosLike(x), perContext(s));
    expect(lossOf(still, (x) => tf.fill(x.shape, 2), batch)).toBeCloseTo(1.5 ** 2, 5);
  });
});

describe('its draws', () => {
  const draw = (options: object) => {
    const rows = 400;
    const paths = exactPaths();
    const many = { ...paths, contexts: rows, state: (b: number, g: number) => paths.state(b % 4, g) };
    return { many, drawn: create(options).draw(many, stream('lagrangian'), 0) };
  };

  it('are cached states at the grid’s times, the later time behind it', () => {
    const { many, drawn } = draw({ diagonal: 0 });
    const { x_s: x, s, t } = drawn;
    for (const [b, time] of (s?.data ?? []).entries()) {
      expect(many.grid).toContain(time);
      expect([...(x?.data.subarray(b * 6, b * 6 + 6) ?? [])]).toEqual([...many.state(b, Math.round(time * 8))]);
      expect(t?.data[b]).toBeGreaterThanOrEqual(time);
      expect(t?.data[b]).toBeLessThanOrEqual(1);
    }
  });

  it.each([0.25, 0.75, 1])('stay on the diagonal with a share of %d', (diagonal) => {
    const { drawn } = draw({ diagonal });
    const still = drawn.s?.data.filter((time, b) => time === drawn.t?.data[b]).length ?? 0;
    expect(Math.abs(still / 400 - diagonal)).toBeLessThan(0.12); // off it, few pairs are nearer than the grid
  });

  it('start at the cached time nearest to the earlier one', () => {
    const starts = draw({ diagonal: 0, centre: 0 }).drawn.s?.data ?? [];
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((g) => g / 8)); // not the first alone
    expect(nearest(Float32Array.of(0, 0.25, 0.5, 1), 0.7)).toBe(2);
    expect(nearest(Float32Array.of(0, 0.25, 0.5, 1), 0.8)).toBe(3);
  });

  it('are uniform where they are told: at rest anywhere, data included; jumps from noise, or to data', () => {
    const still = draw({ diagonal: 1, uniform: 1 }).drawn.s?.data ?? [];
    expect([...new Set(still)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((g) => g / 8));
    const { s, t } = draw({ diagonal: 0, uniform: 1 }).drawn;
    const jumps = Array.from(s?.data ?? [], (start, b) => [start, t?.data[b] ?? Number.NaN] as const);
    const [fromNoise, toData] = [jumps.filter(([start]) => start === 0), jumps.filter(([, end]) => end === 1)];
    expect(new Set([...fromNoise, ...toData]).size).toBe(jumps.length);
    expect(Math.min(...fromNoise.map(([, end]) => end))).toBeLessThan(0.05);
    expect(Math.max(...toData.map(([start]) => start))).toBe(7 / 8);
    for (const jumping of [fromNoise, toData]) expect(jumping.length).toBeGreaterThan(0.4 * jumps.length);
  });

  it('are sorted pairs of logistic times about their centre', () => {
    const late = draw({ diagonal: 0, centre: 2, uniform: 0 }).drawn.t?.data ?? [];
    const early = draw({ diagonal: 0, centre: -2, uniform: 0 }).drawn.t?.data ?? [];
    const average = (all: ArrayLike<number>): number => Array.from(all).reduce((sum, value) => sum + value, 0) / 400;
    expect(average(late)).toBeGreaterThan(0.88);
    expect(average(early)).toBeLessThan(0.3);
  });
});

describe('a learned weight of the two times', () => {
  const tensors = (changes: object = {}): NamedTensors =>
    Object.fromEntries(
      Object.entries({ ...weightParameters(1), ...changes }).map(([name, { shape, data }]) => [
        name,
        tensor([...data], [...shape]),
      ]),
    );
  const batch = () => ({
    x_s: tensor([0.3, -1], [2, 1, 1]),
    s: tensor([0, 0.25], [2]),
    t: tensor([0.6, 1], [2]),
  });
  const still: MeanVelocity = (x) => tf.zerosLike(x);
  const loss = (options: object, auxiliary = {}) =>
    lossOn(create(options), still, batch, { teacher: (x) => tf.fill(x.shape, 2), auxiliary });

  it('begins at one, and pays for what it is', () => {
    expect(loss({ weighted: true }, tensors())).toBeCloseTo(loss({}), 5);
    const bias = { shape: [1], data: Float32Array.of(0.7) };
    expect(loss({ weighted: true }, tensors({ 'weight.out.bias': bias }))).toBeCloseTo(
      Math.exp(0.7) * loss({}) - 0.7,
      4,
    );
  });

  it('hears both times', () => {
    const out = { shape: [1, 32], data: new Float32Array(32).fill(1) };
    const at = (s: number, t: number): number =>
      values(() =>
        learnedWeight(tensors({ 'weight.out.weight': out }), tensor([0], [1]), tensor([s], [1]), tensor([t], [1])),
      )[0] ?? Number.NaN;
    const found = [at(0, 1), at(0.5, 1), at(0, 0.5)];
    expect(new Set(found.map((value) => value.toFixed(4))).size).toBe(3);
  });

  it('is trained beside the student where it is asked for alone', () => {
    const shape = { contexts: 2, draws: 1, token: 1 };
    expect(create().auxiliary).toBeUndefined();
    expect(Object.keys(create({ weighted: true }).auxiliary?.(shape, 1) ?? {})).toHaveLength(8);
  });
});
