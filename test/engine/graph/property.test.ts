import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { test } from 'vitest';
import { expectAgreement, filled } from './agreement.ts';

const size = fc.integer({ min: 1, max: 4 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });
const runs = { numRuns: 40, seed: 7 };

/** Two shapes that broadcast: one whole, the other with axes of one and leading axes left out. */
const broadcasting = fc
  .tuple(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(4), fc.boolean())
  .map(([whole, ones, leading, swap]) => {
    const part = whole.map((length, axis) => (ones[axis] ? 1 : length)).slice(Math.min(leading, whole.length));
    return swap ? [part, whole] : [whole, part];
  });

const binary = { add: tf.add, sub: tf.sub, mul: tf.mul, maximum: tf.maximum, squaredDifference: tf.squaredDifference };

/** Those whose gradient tfjs sums over broadcast axes; of the others it has none there. */
const summed: readonly unknown[] = [tf.add, tf.sub, tf.mul];

test.each(Object.entries(binary))('%s and its gradients broadcast as tfjs does', async (_, f) => {
  await fc.assert(
    fc.asyncProperty(broadcasting, async ([a = [], b = []]) => {
      const both = (x: tf.Tensor, y: tf.Tensor) => f(x, y) as tf.Tensor;
      await expectAgreement(({ x, y }) => ({ out: both(x as tf.Tensor, y as tf.Tensor) }), {
        x: filled(a, 1),
        y: filled(b, 2),
      });
      if (!summed.includes(f)) return;
      await expectAgreement(
        ({ x, y }) => {
          const [dx, dy] = tf.grads((p, q) => tf.sum(tf.sin(both(p as tf.Tensor, q as tf.Tensor))))([
            x as tf.Tensor,
            y as tf.Tensor,
          ]);
          return { dx: dx as tf.Tensor, dy: dy as tf.Tensor };
        },
        { x: filled(a, 1), y: filled(b, 2) },
      );
    }),
    runs,
  );
});

const reductions = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min };

test.each(Object.entries(reductions))('%s reduces over any axes', async (_, f) => {
  const axes = shape.chain((dims) =>
    fc.tuple(fc.constant(dims), fc.subarray(dims.map((_, axis) => axis)), fc.boolean()),
  );
  await fc.assert(
    fc.asyncProperty(axes, async ([dims, over, keep]) => {
      const reduce = (x: tf.Tensor) => f(x, over, keep);
      await expectAgreement(({ x }) => ({ out: reduce(x as tf.Tensor) }), { x: filled(dims, 3) });
      const gradient = (x: tf.Tensor) => tf.grad((p) => tf.sum(tf.sin(reduce(p as tf.Tensor))))(x);
      await expectAgreement(({ x }) => ({ dx: gradient(x as tf.Tensor) }), { x: filled(dims, 3) });
    }),
    runs,
  );
});

test('products of matrices, transposed or not, with their gradients', async () => {
  const sizes = fc.tuple(size, size, size, fc.boolean(), fc.boolean(), fc.array(size, { maxLength: 2 }));
  await fc.assert(
    fc.asyncProperty(sizes, async ([n, k, m, a, b, leading]) => {
      const feeds = {
        x: filled([...leading, ...(a ? [k, n] : [n, k])], 1),
        y: filled([...leading, ...(b ? [m, k] : [k, m])], 2),
      };
      const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b);
      await expectAgreement(({ x, y }) => ({ out: product(x as tf.Tensor, y as tf.Tensor) }), feeds);
      await expectAgreement(({ x, y }) => {
        const [dx, dy] = tf.grads((p, q) => tf.sum(tf.sin(product(p as tf.Tensor, q as tf.Tensor))))([
          x as tf.Tensor,
          y as tf.Tensor,
        ]);
        return { dx: dx as tf.Tensor, dy: dy as tf.Tensor };
      }, feeds);
    }),
    runs,
  );
});

test('slices, pads, transpositions and concatenations, with their gradients', async () => {
  const cases = shape.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      begin: fc.tuple(...dims.map((length) => fc.nat(length - 1))),
      pads: fc.tuple(...dims.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
      perm: fc.shuffledSubarray(
        dims.map((_, axis) => axis),
        { minLength: dims.length },
      ),
      axis: fc.nat(dims.length - 1),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ({ dims, begin, pads, perm, axis }) => {
      const move = (x: tf.Tensor) => {
        const part = tf.slice(x, [...begin]);
        const padded = tf.pad(part, [...pads]);
        return tf.concat([tf.transpose(padded, perm), tf.transpose(padded, perm)], axis);
      };
      const gradient = (x: tf.Tensor) => tf.grad((p) => tf.sum(tf.sin(move(p as tf.Tensor))))(x);
      await expectAgreement(({ x }) => ({ out: move(x as tf.Tensor), dx: gradient(x as tf.Tensor) }), {
        x: filled(dims, 1),
      });
    }),
    runs,
  );
});
