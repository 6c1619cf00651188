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

const create = (options: object = {}) => methodNamed('phased-consistency').create(options);

describe('consistency', () => {
  it.each([0, 0.2, 0.4, 1])('is zero on the exact flow map, and not on another, at progress %d', (progress) => {
    const method = create({ finest: 0.5 });
    const drawn = method.draw(exactPaths(), stream('draw'), progress);
    const loss = (u: MeanVelocity) => lossOn(method, u, () => tensorsOf(drawn));
    expect(loss(exactMeanVelocity)).toBeCloseTo(0, 4);
    expect(loss((x, s, t) => tf.add(exactMeanVelocity(x, s, t), 0.5))).toBeGreaterThan(0.05);
  });

  const pair = (t: number, end: number) => ({
    x_s: tensor([1], [1, 1, 1]),
    x_t: tensor([2], [1, 1, 1]),
    s: tensor([0], [1]),
    t: tensor([t], [1]),
    end: tensor([end], [1]),
  });

  it('on exact paths is zero at once, too', () => {
    const drawn = create().draw(exactPaths(), stream('draw'), 0);
    expect(lossOn(create(), exactMeanVelocity, () => tensorsOf(drawn))).toBeCloseTo(0, 4);
    expect(drawn.t).toEqual(drawn.end);
  });

  it('aims at the cached end itself where all pairs end there, and asks nobody', () => {
    const never: MeanVelocity = () => {
      throw new Error('asked');
    };
    const batch = pair(0.5, 0.5);
    expect(targetsOn(create(), never, batch).landing).toBe(batch.x_t);
  });

  it('aims where the later state lands at the end of its phase, and at that state itself where it is there', () => {
    const three: MeanVelocity = (at) => tf.fill(at.shape, 3);
    const target = (t: number, end: number) =>
      values(() => targetsOn(create({ finest: 0.5 }), three, pair(t, end)).landing as tf.Tensor);
    expect(target(0.5, 1)).toEqual([2 + 0.5 * 3]);
    expect(target(0.25, 0.5)).toEqual([2 + 0.25 * 3]);
    expect(target(0.5, 0.5)).toEqual([2]);
  });

  it('jumps from the earlier state to the end, the landing weighed by 1/√(end − s)', () => {
    const seen: number[] = [];
    const still: MeanVelocity = (at, s, t) => {
      seen.push(...at.dataSync(), ...s.dataSync(), ...t.dataSync());
      return tf.zerosLike(at);
    };
    const c = 0.03;
    const batch = pair(0.25, 0.25);
    const loss = values(() => create().loss(still, batch, { landing: tensor([2], [1, 1, 1]) }, {}))[0];
    expect(loss).toBeCloseTo(Math.hypot(1 / Math.sqrt(0.25), c) - c, 5);
    expect(seen).toEqual([1, 0, 0.25]);
  });
});

describe('the draws of consistency', () => {
  const many: CachedBatch = { ...exactPaths(), contexts: 400, draws: 1, token: 1, state: () => new Float32Array(1) };
  const drawn = (options: object, progress = 1) => {
    const { s, t, end } = create(options).draw(many, stream('draws'), progress);
    return Array.from(s?.data ?? [], (from, b) => ({
      from,
      to: t?.data[b] ?? Number.NaN,
      end: end?.data[b] ?? Number.NaN,
    }));
  };

  it('lie in one phase, whose end is a multiple of its length', () => {
    for (const count of [1, 2, 4])
      for (const { from, to, end } of drawn({ phases: [count], finest: 1 / 8 })) {
        expect((end * count) % 1).toBe(0);
        expect(from).toBeGreaterThanOrEqual(end - 1 / count);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(end);
      }
    expect(new Set(drawn({}).map(({ end }) => end))).toEqual(new Set([0.25, 0.5, 0.75, 1]));
  });

  it('begin at the start of a phase as often as they should', () => {
    const starts = (start: number) => drawn({ phases: [1], start }).filter(({ from }) => from === 0).length / 400;
    expect(starts(1)).toBe(1);
    expect(starts(0.5)).toBeCloseTo(0.5 + 0.5 / 8, 1);
    expect(starts(0)).toBeCloseTo(1 / 8, 1);
  });

  it('step as far as the curriculum says, and no further than the phase', () => {
    const steps = (options: object, progress: number) =>
      Math.max(...drawn({ phases: [1], ...options }, progress).map(({ from, to }) => 8 * (to - from)));
    expect([steps({}, 0), steps({}, 1), steps({ finest: 0.5 }, 0)]).toEqual([8, 8, 8]);
    expect(steps({ finest: 0.25, curriculum: 0.5 }, 0.5)).toBe(2);
    expect(steps({ finest: 1 / 64, curriculum: 0 }, 0)).toBe(1);
  });

  it('halve the step in equal shares of the curriculum', () => {
    const at = (coarsest: number, finest: number) =>
      [0, 0.24, 0.25, 0.49, 0.5, 0.74, 0.75, 1, 2].map((progress) => strideAt(16, { coarsest, finest }, progress));
    expect(at(0.5, 1 / 16)).toEqual([8, 8, 4, 4, 2, 2, 1, 1, 1]);
    expect(at(1, 1 / 8)).toEqual([16, 16, 8, 8, 4, 4, 2, 2, 2]);
    expect(at(0.25, 0.5)).toEqual(new Array(9).fill(4));
    expect(strideAt(4, { coarsest: 0.01, finest: 0.01 }, 0)).toBe(1);
  });
});

it('plain consistency has one phase, to the data', () => {
  const drawn = methodNamed('consistency').create({}).draw(exactPaths(), stream('plain'), 0);
  expect([...(drawn.end?.data ?? [])]).toEqual([1, 1, 1, 1]);
  const phased = create({ phases: [1] }).draw(exactPaths(), stream('plain'), 0);
  expect(phased).toEqual(drawn);
});
