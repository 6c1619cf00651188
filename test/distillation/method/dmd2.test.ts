/** Distribution matching: where samples are pushed, what the fake velocity learns, and the states of rollouts. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { methods } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { Velocity } from '../../../src/heads/flow.ts';
import { tensor, values } from '../../eager.ts';
import { exactPaths } from './exact-flow.ts';
import { velocity } from './gaussian-flow.ts';
import { lossOn, targetsOn } from './loss-on.ts';

const create = (options: object = {}) => methods.dmd2.create(options);
const flat =
  (value: number): MeanVelocity =>
  (x) =>
    tf.fill(x.shape, value);
const slope =
  (value: number): Velocity =>
  (x) =>
    tf.fill(x.shape, value);

const one = (changes: Record<string, tf.Tensor> = {}) => ({
  noise: tensor([0.4, -0.6], [1, 1, 2]),
  data: tensor([1, 2], [1, 1, 2]),
  again: tensor([0.3, 0.9], [1, 1, 2]),
  count: tensor([1], [1]),
  s: tensor([0], [1]),
  place: tensor([0.25], [1]),
  ...changes,
});
const numbers = (targets: NamedTensors, name: string): number[] => Array.from(targets[name]?.dataSync() ?? []);

describe('a sample of distribution matching', () => {
  it('is pushed by (1 − t)·(v − fake) over its mean distance to the teacher’s end', () => {
    const [jump, real, fake] = [2, 1.5, -0.5];
    const method = create({ counts: [1], lowest: 0.2, highest: 0.6 });
    const t = 0.2 + 0.25 * 0.4;
    const found = tf.tidy(() =>
      numbers(targetsOn(method, flat(jump), one(), { teacher: slope(real), other: flat(fake) }), 'aim'),
    );
    const sample = [0.4 + jump, -0.6 + jump];
    const noised = sample.map((x, i) => (1 - t) * ([0.3, 0.9][i] ?? 0) + t * x);
    const off = sample.map((x, i) => Math.abs(x - ((noised[i] ?? 0) + (1 - t) * real)));
    const push = ((1 - t) * (real - fake)) / (((off[0] ?? 0) + (off[1] ?? 0)) / 2 + 1e-3);
    for (const [i, x] of sample.entries()) expect(found[i]).toBeCloseTo(x + push, 4);
  });

  it('has half its squared push as the loss, whose gradient is the push against the sample', () => {
    const method = create({ counts: [1] });
    const asked = { teacher: slope(1), other: flat(0) };
    const pushed = (jump: number): number => {
      const aim = tf.tidy(() => numbers(targetsOn(method, flat(jump), one(), asked), 'aim'));
      return (aim[0] ?? Number.NaN) - (0.4 + jump);
    };
    expect(lossOn(method, flat(2), one, asked)).toBeCloseTo(0.5 * pushed(2) ** 2, 4);
    const [gradient] = values(() => {
      const batch = one();
      const targets = targetsOn(method, flat(2), batch, asked);
      const loss = (jump: tf.Tensor) => method.loss((x) => tf.mul(jump, tf.onesLike(x)), batch, targets, {});
      return tf.grad(loss as (jump: tf.Tensor) => tf.Scalar)(tf.scalar(2));
    });
    expect(gradient).toBeCloseTo(-pushed(2), 4); // a step down the loss moves the sample along the push
  });

  it('stays where the fake velocity is the teacher’s, and else goes to where the teacher has more', () => {
    const many = 400;
    const drawn = () => ({
      noise: tensor(Array.from(stream('x').normal(many)), [many, 1, 1]),
      data: tf.zeros([many, 1, 1]),
      again: tensor(Array.from(stream('z').normal(many)), [many, 1, 1]),
      count: tf.ones([many]),
      s: tf.zeros([many]),
      place: tensor(Array.from(stream('t').uniform(many)), [many]),
    });
    // samples are 0.5·noise + 0.5 + shift: N(0.5 + shift, 0.5²), whose velocity is the teacher's, moved by t·shift
    const moved = (shift: number): MeanVelocity => {
      return (x) => tf.add(tf.mul(x, -0.5), 0.5 + shift);
    };
    const fake =
      (shift: number): MeanVelocity =>
      (x, t) =>
        tf.add(velocity(tf.sub(x, tf.mul(shift, tf.reshape(t, [many, 1, 1]))), t), shift);
    const mean = (shift: number) =>
      tf.tidy(() => {
        const method = create({ counts: [1] });
        const targets = targetsOn(method, moved(shift), drawn(), { teacher: velocity, other: fake(shift) });
        const sample = tf.add(tf.mul(drawn().noise, 0.5), 0.5 + shift);
        return tf.mean(tf.sub(targets.aim as tf.Tensor, sample)).dataSync()[0] ?? Number.NaN;
      });
    expect(mean(0)).toBeCloseTo(0, 5);
    expect(mean(1)).toBeLessThan(-0.1);
    expect(mean(-1)).toBeGreaterThan(0.1);
  });

  it('is held to the cached end of its noise at the weight of the regression, at the first step alone', () => {
    const asked = { teacher: slope(0), other: flat(0) };
    const loss = (regression: number, s: number) => {
      const batch = () => one({ s: tensor([s], [1]), count: tensor([2], [1]), fresh: tf.zeros([1, 1, 1, 2]) });
      return lossOn(create({ counts: [2], regression }), flat(0), batch, asked);
    };
    const c = 0.03 * Math.sqrt(2);
    const off = Math.hypot(0.6, 2.6, c) - c;
    expect(loss(0, 0)).toBeCloseTo(0, 6);
    expect(loss(0.5, 0)).toBeCloseTo(0.5 * off, 5);
    expect(loss(0.5, 0.5)).toBeCloseTo(0, 6);
  });
});

describe('the fake velocity', () => {
  it('regresses onto the slope from new noise to the student’s sample, where they meet at any time', () => {
    const { beside } = create({ counts: [1], lowest: 0.5, highest: 0.6 });
    expect(beside?.updates).toBe(5);
    const seen: number[][] = [];
    const look: MeanVelocity = (x, s, t) => {
      seen.push([...x.dataSync(), ...s.dataSync(), ...t.dataSync()]);
      return tf.onesLike(x);
    };
    const [loss] = values(() => {
      const batch = one();
      return beside?.loss(look, batch, beside.targets(flat(2), batch)) ?? tf.scalar(0);
    });
    const sample = [2.4, 1.4];
    const noised = sample.map((x, i) => 0.75 * ([0.3, 0.9][i] ?? 0) + 0.25 * x);
    for (const [i, value] of [...noised, 0.25, 0.25].entries()) expect(seen[0]?.[i]).toBeCloseTo(value, 5);
    expect(loss).toBeCloseTo(((2.4 - 0.3 - 1) ** 2 + (1.4 - 0.9 - 1) ** 2) / 2, 4);
  });

  it('learns as many steps as it is told', () => {
    expect(create({ updates: 9 }).beside?.updates).toBe(9);
  });
});

describe('the states of rollouts', () => {
  it('are those of the re-noising sampler after so many of its steps', () => {
    const fresh = [
      [10, 20],
      [30, 40],
      [50, 60],
    ];
    const batch = (count: number, s: number) =>
      one({ count: tensor([count], [1]), s: tensor([s], [1]), fresh: tensor(fresh.flat(), [1, 3, 1, 2]) });
    const state = (count: number, s: number) =>
      tf.tidy(() =>
        numbers(
          targetsOn(create(), (x, from) => tf.add(x, tf.reshape(from, [1, 1, 1])), batch(count, s), {
            teacher: slope(0),
            other: flat(0),
          }),
          'state',
        ),
      );
    const expected = (count: number, steps: number): number[] => {
      let x = [0.4, -0.6];
      for (let step = 0; step < steps; step++) {
        const [from, to] = [step / count, (step + 1) / count];
        x = x.map((value, i) => {
          const end = value + (1 - from) * (value + from);
          return (1 - to) * (fresh[step]?.[i] ?? Number.NaN) + to * end;
        });
      }
      return x;
    };
    for (const [count, steps] of [
      [1, 0],
      [2, 1],
      [4, 0],
      [4, 2],
      [4, 3],
      [3, 2],
    ] as const) {
      const found = state(count, steps / count);
      for (const [i, value] of expected(count, steps).entries()) expect(found[i]).toBeCloseTo(value, 3);
    }
  });

  it('are drawn with noise, the ends of their paths, a step count, one of its steps, and times', () => {
    const paths = exactPaths();
    const many: CachedBatch = { ...paths, contexts: 400, state: (b, g) => paths.state(b % 4, g) };
    const drawn = create().draw(many, stream('rollouts'), 0);
    const { count, s, noise, data, place, again, fresh } = drawn;
    const places = new Set(Array.from(s?.data ?? [], (from, b) => `${from * (count?.data[b] ?? 0)}/${count?.data[b]}`));
    expect(places).toEqual(new Set(['0/1', '0/2', '1/2', '0/4', '1/4', '2/4', '3/4']));
    expect([...(noise?.data.subarray(6, 12) ?? [])]).toEqual([...paths.state(1, 0)]);
    expect([...(data?.data.subarray(6, 12) ?? [])]).toEqual([...paths.state(1, 8)]);
    const mean = (of: ArrayLike<number>, power = 1) =>
      Array.from(of).reduce((sum, x) => sum + x ** power, 0) / of.length;
    expect(mean(place?.data ?? [])).toBeCloseTo(0.5, 1);
    for (const noises of [again, fresh]) expect(mean(noises?.data ?? [], 2)).toBeCloseTo(1, 1);
    expect(fresh?.shape).toEqual([400, 3, 2, 3]);
    expect(again?.data.subarray(0, 6)).not.toEqual(fresh?.data.subarray(0, 6));
    expect(Object.keys(create({ counts: [1] }).draw(many, stream('rollouts'), 0))).not.toContain('fresh');
  });
});
