import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { test } from 'vitest';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { expectAgreement, filled } from './agreement.ts';

/** One step of a random program: an operation on two earlier tensors and a number. */
type Step = readonly [name: keyof typeof operations, a: number, b: number, constant: number];

const rows = 3;
const columns = 4;

/** Operations on [3, 4] tensors that stay near 1, rich in what passes look for. */
const operations = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.tanh(tf.mul(a, b)),
  scale: (a, _, c) => tf.mul(a, c),
  shift: (a, _, c) => tf.add(c, a),
  divide: (a, _, c) => tf.div(a, c === 0 ? 4 : c),
  negate: (a) => tf.neg(a),
  square: (a) => tf.square(tf.sin(a)),
  power: (a, _, c) => tf.pow(tf.add(tf.square(tf.sin(a)), 0.5), c),
  silu: (a) => tf.mul(a, tf.sigmoid(a)),
  uniform: (a, _, c) => tf.mul(a, tf.fill([rows, columns], c)),
  centre: (a) => tf.sub(a, tf.mean(a, -1, true)),
  normalize: (a) => {
    const centred = tf.sub(a, tf.mean(a, -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 0.1)));
  },
  rowSum: (a, b) => tf.mul(tf.sin(a), tf.tile(tf.tanh(tf.sum(b, 1, true)), [1, columns])),
  columnMean: (a, b) => tf.add(a, tf.mean(b, 0)),
  product: (a, b) => tf.tanh(tf.matMul(tf.matMul(a, b, false, true), a)),
  biased: (a, b) =>
    tf.tanh(tf.add(tf.matMul(a, tf.transpose(b), false, false), tf.slice(b, [0, 0], [1, rows])).matMul(b)),
  reshape: (a, b) => tf.reshape(tf.add(tf.reshape(a, [2, 6]), tf.reshape(b, [2, 6])), [rows, columns]),
  turn: (a) => tf.reshape(tf.transpose(a), [rows, columns]),
  halves: (a, b) => {
    const [left, right] = tf.split(a, 2, 1);
    return tf.concat([tf.sin(right as tf.Tensor), tf.add(left as tf.Tensor, tf.slice(b, [0, 1], [rows, 2]))], 1);
  },
  choose: (a, b, c) => tf.where(tf.greater(a, c), a, tf.mul(b, 0.5)),
} as const satisfies Record<string, (a: tf.Tensor2D, b: tf.Tensor2D, constant: number) => tf.Tensor>;

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
  fc.nat(30),
  fc.nat(30),
  fc.constantFrom(0, 1, -1, 2, 0.5, 1.5),
);

function evaluate(steps: readonly Step[], x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const made = [x, y];
  for (const [name, a, b, constant] of steps) {
    const operand = (index: number) => made[Math.max(0, made.length - 1 - (index % made.length))] as tf.Tensor2D;
    made.push(operations[name](operand(a), operand(b), constant));
  }
  return made.slice(-3).reduce((sum, value) => tf.add(sum, value));
}

test('random programs and their gradients, after all passes, equal the eager ones', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      await expectAgreement(
        (inputs) => {
          const { values, gradients } = valueAndGradients(
            (p) => {
              const result = evaluate(steps, named(p, 'x'), named(p, 'y'));
              return { loss: tf.mean(tf.square(result)), result };
            },
            { x: named(inputs, 'x'), y: named(inputs, 'y') },
          );
          return { ...values, dx: named(gradients, 'x'), dy: named(gradients, 'y') };
        },
        { x: filled([rows, columns], 1), y: filled([rows, columns], 2) },
        1e-3,
      );
    }),
    { numRuns: 100, seed: 11 },
  );
});
