/** Methods that compare a context's samples with ends of the system's own sampler. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { energyScore } from '../../../src/distillation/method/distance.ts';
import { drift } from '../../../src/distillation/method/drifting.ts';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { pairSpecs } from '../../../src/distillation/method/pair.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { UsageError } from '../../../src/ground/errors.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { tensor, values } from '../../eager.ts';
import { lossOn, tensorsOf } from './loss-on.ts';

/** End k of context b is 100·b + k in both dimensions; its path's states are all 7. */
const labelled: CachedBatch = {
  ...{ contexts: 3, draws: 2, token: 2, grid: Float32Array.of(0, 0.5, 1) },
  state: () => new Float32Array(4).fill(7),
  ownEnds: { draws: 5, of: (b) => Float32Array.from({ length: 10 }, (_, i) => 100 * b + Math.floor(i / 2)) },
};
const methods = [
  ['energy', { ends: 'own' }],
  ['drifting', { ends: 'own', temperatures: [0.2] }],
] as const;

describe.each(methods)('%s with ends: own', (name, options) => {
  const method = methodNamed(name).create(options);

  it('draws whole jumps from new noise to own ends of the same context, another stretch of them each time', () => {
    const seen = new Set<number>();
    for (let step = 0; step < 20; step++) {
      const { x_s, x_t, s, t } = method.draw(labelled, stream('own', step), 0);
      expect([[...(s?.data ?? [])], [...(t?.data ?? [])]]).toEqual([
        [0, 0, 0],
        [1, 1, 1],
      ]);
      for (let b = 0; b < 3; b++) {
        const [first = -1, , second] = x_t?.data.subarray(4 * b, 4 * b + 4) ?? [];
        expect(Math.floor(first / 100)).toBe(b);
        expect(second).toBe(100 * b + ((first - 100 * b + 1) % 5));
        seen.add(first - 100 * b);
      }
      expect(x_s?.data).toEqual(stream('own', step).normal(12));
      expect(Object.keys(pairSpecs(labelled)).sort()).toEqual(['s', 't', 'x_s', 'x_t']);
    }
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses a cache without them, or with fewer than its draws', () => {
    const { ownEnds: _, ...without } = labelled;
    expect(() => method.draw(without, stream('own'), 0)).toThrow(UsageError);
    expect(() => method.draw(without, stream('own'), 0)).toThrow('a cache with 2 own ends a context, got none');
    expect(() => method.draw({ ...labelled, draws: 6 }, stream('own'), 0)).toThrow('with 6 own ends a context, got 5');
  });
});

const batch = () => ({
  x_s: tensor([0, 1], [1, 2, 1]),
  x_t: tensor([5, 3], [1, 2, 1]),
  s: tensor([0], [1]),
  t: tensor([1], [1]),
});
const still: MeanVelocity = (x) => tf.zerosLike(x);

it('the loss of energy is the score against the own ends alone: 2·E‖X − y‖ − E‖X − X’‖', () => {
  // |0 − 3| and |1 − 5|; |0 − 1|
  expect(lossOn(methodNamed('energy').create({ ends: 'own' }), still, batch)).toBeCloseTo(3 + 4 - 1, 3);
  const paired = methodNamed('energy').create({ endpoint: 1 });
  expect(lossOn(paired, still, batch)).toBeGreaterThan(6.2); // with the distance to the end of the same place
});

it('the loss of drifting is the squared drift among own ends', () => {
  const all = batch();
  const [drifted] = values(() => tf.mean(tf.square(drift(all.x_s, all.x_t, [0.2]))));
  expect(lossOn(methodNamed('drifting').create({ ends: 'own', temperatures: [0.2] }), still, batch)).toBeCloseTo(
    drifted ?? Number.NaN,
    4,
  );
});

it('least is the score of a student that lands where the own ends lie, not where the flow’s do', () => {
  const ends = { ...labelled, ownEnds: { draws: 64, of: (b: number) => stream('ends', b).normal(128) }, draws: 64 };
  const drawn = methodNamed('energy').create({ ends: 'own' }).draw(ends, stream('own'), 0);
  const score = (shift: number) =>
    values(() => {
      const { x_s, x_t } = tensorsOf(drawn);
      return tf.mean(energyScore(tf.add(x_s as tf.Tensor, shift), x_t as tf.Tensor));
    })[0] ?? Number.NaN;
  expect(score(0)).toBeLessThan(score(0.5));
  expect(score(0)).toBeLessThan(score(7));
});
