/** α-Flow: its target, its limit, its schedule. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { alphaAt } from '../../../src/distillation/method/alpha-flow.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { perContext } from '../../../src/heads/flow.ts';
import { tensor, values } from '../../eager.ts';
import { exactPaths } from './exact-flow.ts';
import { exactJump, stateOf, velocity } from './gaussian-flow.ts';
import { lossOn, targetsOn } from './loss-on.ts';

const create = (name: string, options: object = {}) => methodNamed(name).create(options);
const batch = () => ({
  x_s: tensor([stateOf(-0.8, 0), stateOf(1.3, 0.25)], [2, 1, 1]),
  s: tensor([0, 0.25], [2]),
  t: tensor([0.6, 1], [2]),
  ramp: tensor([1], [1]),
});
const off: MeanVelocity = (x, s, t) => tf.add(exactJump(x, s, t), 0.1);

describe('α-Flow', () => {
  const at = (alpha: number) => ({ ...batch(), alpha: tensor([alpha], [1]) });

  it('has the target α·v + (1 − α)·u where the slope has led to by then', () => {
    const u: MeanVelocity = (x, s, t) => tf.mul(x, perContext(tf.add(s, t)));
    const [x, s, t, v, alpha] = [2, 0.5, 0.75, 3, 0.4];
    const one = () => ({
      x_s: tensor([x], [1, 1, 1]),
      s: tensor([s], [1]),
      t: tensor([t], [1]),
      alpha: tensor([alpha], [1]),
    });
    const [mean] = values(
      () =>
        targetsOn(create('alpha-flow'), u, one(), { teacher: (state) => tf.fill(state.shape, v) }).mean as tf.Tensor,
    );
    const ahead = alpha * (t - s);
    expect(mean).toBeCloseTo(alpha * v + (1 - alpha) * (x + ahead * v) * (s + ahead + t), 5);
  });

  it('is the mean flow’s loss as α goes to 0, and flow matching everywhere at 1', () => {
    const curved: MeanVelocity = (x, s, t) => tf.mul(tf.sin(tf.mul(x, perContext(tf.add(s, 1)))), perContext(t));
    for (const power of [0, 0.5, 1]) {
      const loss = (alpha: number) =>
        lossOn(create('alpha-flow', { power }), curved, () => at(alpha), { teacher: velocity });
      const limit = lossOn(create('mean-flow', { power }), curved, () => batch(), { teacher: velocity });
      expect(Math.abs(loss(1e-3) / limit - 1)).toBeLessThan(5e-3);
    }
    const slope: MeanVelocity = (x, s) => velocity(x, s);
    expect(lossOn(create('alpha-flow', { power: 0 }), slope, () => at(1), { teacher: velocity })).toBeCloseTo(0.01, 6);
  });

  it('is nearly zero on the exact flow map where α is small, and not on one that is off', () => {
    const raw = (u: MeanVelocity) =>
      lossOn(create('alpha-flow', { power: 0 }), u, () => at(0.01), { teacher: velocity }) - 0.01;
    expect(Math.abs(raw(exactJump))).toBeLessThan(1e-4);
    expect(raw(off)).toBeGreaterThan(1e-3);
  });

  it('lets α fall from 1 to the least, half of it in the middle', () => {
    const schedule = { start: 0.2, end: 0.6, least: 0.05 };
    expect(alphaAt(0, schedule)).toBeCloseTo(1, 6);
    expect(alphaAt(0.4, schedule)).toBeCloseTo(0.5, 9);
    expect(alphaAt(0.42, schedule)).toBeCloseTo(1 / (1 + Math.exp((25 * 0.02) / 0.4)), 9);
    expect(alphaAt(0.6, schedule)).toBe(0.05);
    const drawn = (progress: number) => create('alpha-flow', schedule).draw(exactPaths(), stream('alpha'), progress);
    expect(drawn(0.4).alpha?.data[0]).toBeCloseTo(0.5, 6);
  });
});
