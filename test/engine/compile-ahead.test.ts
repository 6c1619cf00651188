import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../src/engine/compile.ts';
import { compileAhead } from '../../src/engine/compile-ahead.ts';
import { cpuEngine, type TensorFunction } from '../../src/engine/graph/program.ts';
import { eagerEngine, expectClose, filled } from './graph/agreement.ts';

const constants = { told: filled([6, 5], 1, -1, 1), own: filled([4, 5], 2, -1, 1), last: filled([5, 4], 3, -1, 1) };
const specs = { x: { shape: ['batch', 4] }, c: { shape: ['batch', 6] }, w: { shape: ['batch'] } } as const;

/** Two products of c, one of x; w is told, too, and enters no product. */
const step: TensorFunction = ({ x, c, w, told, own, last }) => {
  const scaled = tf.matMul(tf.exp(c as tf.Tensor2D), told as tf.Tensor2D);
  const embedded = tf.add(tf.matMul(c as tf.Tensor2D, told as tf.Tensor2D), tf.tanh(scaled));
  const hidden = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, own as tf.Tensor2D), embedded));
  const moved = tf.matMul(hidden as tf.Tensor2D, last as tf.Tensor2D);
  return { x: tf.add(x as tf.Tensor, tf.mul(tf.reshape(w as tf.Tensor, [-1, 1]), moved)), context: embedded };
};

const contexts = (rows: number, seed: number) => ({ c: filled([rows, 6], seed, -1, 1), w: filled([rows], seed + 1) });

test.each([
  ['constants inside', { engine: cpuEngine(), constants }],
  ['constants given anew', { engine: cpuEngine(), constants, large: 1 }],
  ['another target', { engine: { ...cpuEngine(), provider: 'cpu', threads: 2 }, constants }],
  ['eager', { engine: eagerEngine, constants }],
] as const)('steps under contexts that stay are those of the whole program: %s', async (_, options) => {
  const whole = await compile(step, specs, options);
  const split = await compileAhead(step, specs, ['c', 'w'], options);
  expect(split.each.outputs).toEqual(whole.outputs);
  for (const [rows, seed] of [
    [3, 10],
    [7, 20],
  ] as const) {
    const told = contexts(rows, seed);
    const given = await split.ahead(told);
    expect(Object.keys(given)).toHaveLength(options.engine.kind === 'onnx' ? 3 : 2);
    let [x, expected] = [filled([rows, 4], 30), filled([rows, 4], 30)];
    for (let turn = 0; turn < 3; turn++) {
      const [mine, theirs] = [await split.each.run({ ...given, x }), await whole.run({ ...told, x: expected })];
      for (const name of whole.outputs) expectClose(mine[name], theirs[name], 1e-6);
      [x, expected] = [mine.x as typeof x, theirs.x as typeof x];
    }
  }
  await split.dispose();
  await whole.dispose();
});

test('what is given beside the inputs is what products of those that stay come to, and no more', async () => {
  const split = await compileAhead(step, specs, ['c', 'w'], { engine: cpuEngine(), constants });
  const { c, w, ...ahead } = await split.ahead(contexts(2, 5));
  expect([c?.shape, w?.shape, Object.values(ahead).map(({ shape }) => shape)]).toEqual([[2, 6], [2], [[2, 5]]]);
  expect(Object.keys(split.each.inputs)).toEqual(['x', 'c', 'w', ...Object.keys(ahead)]);
  await split.dispose();
});

test('a program without products of what stays is one program', async () => {
  const split = await compileAhead(step, specs, ['w'], { engine: cpuEngine(), constants });
  const told = { w: filled([2], 1) };
  expect(await split.ahead(told)).toBe(told);
  expect(split.each.inputs).toEqual(specs);
  await split.dispose();
});

test('a product that grows with the batch otherwise stays where it is', async () => {
  const pairs: TensorFunction = ({ x, c, told }) => {
    const twice = tf.concat([c as tf.Tensor, tf.neg(c as tf.Tensor)], 0);
    const both = tf.matMul(twice as tf.Tensor2D, told as tf.Tensor2D); // [2·batch, 5]
    const sums = tf.sum(tf.concat([x as tf.Tensor, x as tf.Tensor], 0), 1, true);
    const [first, second] = tf.split(tf.mul(both, sums), 2, 0) as [tf.Tensor, tf.Tensor];
    return { y: tf.sub(first, second) };
  };
  const whole = await compile(pairs, specs, { engine: cpuEngine(), constants });
  const split = await compileAhead(pairs, specs, ['c'], { engine: cpuEngine(), constants });
  const feeds = { x: filled([3, 4], 1), ...contexts(3, 2) };
  const { c, w, x } = feeds;
  expect(split.each.inputs).toEqual(specs);
  const result = await split.each.run({ x, w, ...(await split.ahead({ c })) });
  expectClose(result.y, (await whole.run(feeds)).y, 1e-6);
  await split.dispose();
  await whole.dispose();
});

test('a product that asks for the size of the batch waits for what tells it', async () => {
  const fn: TensorFunction = ({ x, own, last }) => {
    const shared = tf.matMul(
      tf.div(own as tf.Tensor2D, (x as tf.Tensor).shape[0] ?? 1) as tf.Tensor2D,
      last as tf.Tensor2D,
    );
    return { y: tf.matMul(x as tf.Tensor2D, shared as tf.Tensor2D) };
  };
  const given = { engine: cpuEngine(), constants };
  const [whole, split] = [await compile(fn, specs, given), await compileAhead(fn, specs, [], given)];
  const feeds = { x: filled([3, 4], 1), ...contexts(3, 2) };
  expectClose((await split.each.run(feeds)).y, (await whole.run(feeds)).y, 1e-6);
  await split.dispose();
  await whole.dispose();
});

test('in int8 both parts are', async () => {
  const wide = { told: filled([128, 160], 4, -1, 1), own: filled([160, 128], 5, -1, 1) };
  const big = { x: { shape: ['batch', 128] }, c: { shape: ['batch', 128] } } as const;
  const fn: TensorFunction = ({ x, c, told, own }) => {
    const y = tf.tanh(tf.matMul(c as tf.Tensor2D, told as tf.Tensor2D));
    return { x: tf.add(x as tf.Tensor, tf.matMul(y as tf.Tensor2D, own as tf.Tensor2D)), ahead: y };
  };
  const [exact, rounded] = [
    await compileAhead(fn, big, ['c'], { engine: cpuEngine(), constants: wide }),
    await compileAhead(fn, big, ['c'], { engine: cpuEngine(), constants: wide, precision: 'int8' }),
  ];
  const c = filled([9, 128], 6, -0.1, 0.1);
  const valuesOf = async ({ ahead }: typeof exact) => (await ahead({ c }))['ahead.0']?.data ?? [];
  const [expected, found] = [await valuesOf(exact), await valuesOf(rounded)];
  const off = Math.max(...Array.from(expected, (value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  expect(off).toBeGreaterThan(1e-5);
  expect(off).toBeLessThan(0.02 * Math.max(...Array.from(expected, Math.abs)));
  await exact.dispose();
  await rounded.dispose();
});
