import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { traceGraph } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { nodesOf } from '../../../src/engine/graph/graph.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import type { TensorFunction, TensorSpec } from '../../../src/engine/graph/program.ts';
import { expectAgreement, filled } from './agreement.ts';
import { print } from './print.ts';

type F = (...xs: tf.Tensor[]) => tf.Tensor | Record<string, tf.Tensor>;

const named =
  (f: F): TensorFunction =>
  (inputs) => {
    const result = f(...Object.values(inputs));
    return result instanceof tf.Tensor ? { out: result } : result;
  };

/** The program of a function of inputs a, b, … after all passes, without its input and output lines. */
function optimized(f: F, ...shapes: TensorSpec['shape'][]): string {
  const specs = Object.fromEntries(shapes.map((shape, i) => [String.fromCharCode(97 + i), { shape }]));
  const lines = print(optimize(traceGraph(named(f), specs), 'cpu')).split('\n');
  return lines.filter((line) => !/^input|^output \w+$/.test(line)).join('\n');
}

/** The gradient of Σf with respect to the first input. */
const gradient =
  (f: F): F =>
  (x, ...rest) =>
    tf.grad((a) => tf.sum(f(a, ...rest) as tf.Tensor))(x as tf.Tensor);

describe('constants', () => {
  test('what does nothing is dropped', () => {
    expect(
      optimized((a) => tf.sub(tf.div(tf.add(tf.mul(a as tf.Tensor, 1), 0), 1), tf.zerosLike(a as tf.Tensor)), [2]),
    ).toBe('output out = a');
  });
  test('numbers are multiplied before the program runs', () => {
    expect(optimized((a) => tf.mul(tf.div(tf.mul(a as tf.Tensor, 6), 4), tf.sqrt(4)), [2])).toBe(
      'out = Mul(a, 3) : float32[2]',
    );
  });
  test('a number multiplies the smaller operand', () => {
    expect(optimized((a, b) => tf.mul(tf.mul(a as tf.Tensor, 2), b as tf.Tensor), [4, 8], [4, 1])).toBe(
      'h0 = Mul(b, 2) : float32[4, 1]\nout = Mul(a, h0) : float32[4, 8]',
    );
  });
  test('cheap powers are products and roots', () => {
    expect(optimized((a) => tf.pow(a as tf.Tensor, 2), [2])).toBe('out = Mul(a, a) : float32[2]');
    expect(optimized((a) => tf.pow(a as tf.Tensor, 0.5), [2])).toBe('out = Sqrt(a) : float32[2]');
  });
  test('signs cancel', () => {
    expect(optimized((a, b) => tf.sub(a as tf.Tensor, tf.neg(tf.neg(tf.neg(b as tf.Tensor)))), [2], [2])).toBe(
      'out = Add(a, b) : float32[2]',
    );
  });
});

describe('broadcasting', () => {
  test('the gradient of a mean needs no tensor of ones', () => {
    expect(
      optimized(
        gradient((a) => tf.mean(tf.square(a as tf.Tensor), 1)),
        [2, 4],
      ),
    ).toBe('out = Mul(a, 0.5) : float32[2, 4]');
  });
  test('an expanded operand is broadcast by the operation', () => {
    expect(optimized((a, b) => tf.add(tf.exp(tf.tile(a as tf.Tensor, [1, 4])), b as tf.Tensor), [2, 1], [2, 4])).toBe(
      'h0 = Exp(a) : float32[2, 1]\nout = Add(h0, b) : float32[2, 4]',
    );
  });
  test('the sum of an expanded tensor is a multiple, of the batch too', () => {
    expect(optimized((a) => tf.sum(tf.tile(a as tf.Tensor, [1, 4]), 1), ['batch', 1])).toBe(
      'h0 = Reshape(a; shape=[batch]) : float32[batch]\nout = Mul(h0, 4) : float32[batch]',
    );
    expect(optimized((a) => tf.sum(tf.onesLike(a as tf.Tensor)), ['batch', 3])).toBe(
      'h0 = BatchSize() : float32[]\nout = Mul(h0, 3) : float32[]',
    );
  });
});

describe('layout', () => {
  test('reshapes and transposes in a row are one', () => {
    expect(
      optimized((a) => tf.reshape(tf.transpose(tf.transpose(tf.reshape(a as tf.Tensor, [3, 4]))), [12]), [2, 6]),
    ).toBe('out = Reshape(a; shape=[12]) : float32[12]');
  });
  test('a transposition before a product is part of it', () => {
    expect(
      optimized((a, b) => tf.matMul(tf.transpose(a as tf.Tensor), b as tf.Tensor, false, true), [3, 2], [4, 3]),
    ).toBe('out = MatMul(a, b; transA=1, transB=1) : float32[2, 4]');
  });
  test('what was split and joined again stays whole', () => {
    expect(optimized((a) => tf.concat(tf.split(a as tf.Tensor, 3, 1), 1), [2, 6])).toBe('output out = a');
  });
  test('rows of several axes times one matrix are one product in two dimensions', () => {
    expect(
      optimized((a, b) => tf.add(tf.matMul(a as tf.Tensor, b as tf.Tensor), 1), ['batch', 3, 4], [4, 5]),
    ).toMatchInlineSnapshot(`
      "h0 = Reshape(a; shape=[3·batch, 4]) : float32[3·batch, 4]
      h1 = MatMul(h0, b) : float32[3·batch, 5]
      h2 = Reshape(h1; shape=[batch, 3, 5]) : float32[batch, 3, 5]
      out = Add(h2, 1) : float32[batch, 3, 5]"
    `);
  });
});

test('common subexpressions are computed once, whatever the order of operands', () => {
  expect(
    optimized(
      (a, b) => tf.mul(tf.add(a as tf.Tensor, b as tf.Tensor), tf.exp(tf.add(b as tf.Tensor, a as tf.Tensor))),
      [2],
      [2],
    ),
  ).toBe('h0 = Add(a, b) : float32[2]\nh1 = Exp(h0) : float32[2]\nout = Mul(h0, h1) : float32[2]');
});

test('a product plus a bias or a tensor is one Gemm', () => {
  expect(
    optimized(
      (a, b, c) => tf.add(c as tf.Tensor, tf.matMul(a as tf.Tensor, b as tf.Tensor, false, true)),
      [2, 3],
      [4, 3],
      [4],
    ),
  ).toBe('out = Gemm(a, b, c; transB=1) : float32[2, 4]');
});

const silu: F = (a) => tf.mul(a as tf.Tensor, tf.sigmoid(a as tf.Tensor));

test('silu is one operation, and its gradient four passes', () => {
  expect(optimized(silu, [2, 3])).toBe('out = QuickGelu(a) : float32[2, 3]');
  expect(
    optimized((a, b) => tf.grad((x) => silu(x) as tf.Tensor)(a as tf.Tensor, b as tf.Tensor), [2, 3], [2, 3]),
  ).toMatchInlineSnapshot(`
    "h0 = Sigmoid(a) : float32[2, 3]
    h1 = Mul(a, h0) : float32[2, 3]
    h2 = Sub(1, h0) : float32[2, 3]
    h3 = Mul(h1, h2) : float32[2, 3]
    h4 = Add(h0, h3) : float32[2, 3]
    out = Mul(b, h4) : float32[2, 3]"
  `);
});

const normalize: F = (a) => {
  const centred = tf.sub(a as tf.Tensor, tf.mean(a as tf.Tensor, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-3)));
};

test('normalisation with gain and bias is one operation', () => {
  const gained: F = (a, b, c) => tf.add(tf.mul(normalize(a as tf.Tensor) as tf.Tensor, b as tf.Tensor), c as tf.Tensor);
  expect(optimized(gained, [2, 3, 4], [4], [4])).toMatchInlineSnapshot(
    `"out = LayerNormalization(a, b, c; axis=2, epsilon=0.001) : float32[2, 3, 4]"`,
  );
  expect(
    optimized(
      (a) =>
        tf.div(
          tf.sub(a as tf.Tensor, tf.mean(a as tf.Tensor, 1, true)),
          tf.sqrt(tf.add(tf.moments(a as tf.Tensor, 1, true).variance, 0.1)),
        ),
      [2, 4],
    ),
  ).toMatchInlineSnapshot(`"out = LayerNormalization(a, c0:float32[4]; axis=1, epsilon=0.1) : float32[2, 4]"`);
});

test('without statistics only a normalisation that is used as a whole is one operation', () => {
  const inference = traceGraph(named(normalize), { a: { shape: [2, 4] } });
  const training = traceGraph(named(gradient(normalize)), { a: { shape: [2, 4] } });
  const operations = (graph: typeof inference) =>
    nodesOf(optimize(graph, 'accelerator')).map(({ operation }) => operation);
  expect(operations(inference)).toEqual(['LayerNormalization']);
  expect(operations(training)).not.toContain('LayerNormalization');
});

test('the gradient of a normalisation is arranged around the normalised values', () => {
  const both: F = (a, b) => ({
    y: normalize(a as tf.Tensor) as tf.Tensor,
    dx: tf.grad((x) => normalize(x) as tf.Tensor)(a as tf.Tensor, b as tf.Tensor),
  });
  expect(optimized(both, [2, 4], [2, 4])).toMatchInlineSnapshot(`
    "y, h0, h1 = LayerNormalization(a, c0:float32[4]; axis=1, epsilon=0.001, statistics=1) : float32[2, 4], float32[2, 1], float32[2, 1]
    h2 = Reciprocal(h1) : float32[2, 1]
    h3 = Mul(h2, h2) : float32[2, 1]
    h4 = Mul(b, h1) : float32[2, 4]
    h5 = Mul(h3, h2) : float32[2, 1]
    h6 = Mul(h5, 2) : float32[2, 1]
    h7 = Mul(b, y) : float32[2, 4]
    h8 = ReduceSum(h7; axes=[1], keepdims=1) : float32[2, 1]
    h9 = Mul(h8, h2) : float32[2, 1]
    h10 = Div(h9, h6) : float32[2, 1]
    h11 = Mul(h10, -0.5) : float32[2, 1]
    h12 = Mul(h2, h11) : float32[2, 1]
    h13 = Mul(y, h12) : float32[2, 4]
    h14 = Add(h4, h13) : float32[2, 4]
    h15 = ReduceSum(h14; axes=[1]) : float32[2]
    h16 = Neg(h15) : float32[2]
    h17 = Reshape(h16; shape=[2, 1]) : float32[2, 1]
    h18 = Mul(h17, 0.25) : float32[2, 1]
    dx = Add(h14, h18) : float32[2, 4]"
  `);
});

/** A function that every pass has something to do in. */
const everything: TensorFunction = ({ x, w, b, g }) => {
  const { values, gradients } = valueAndGradients(
    (p) => {
      const rows = tf.reshape(x as tf.Tensor, [-1, 4]);
      const [h, gate] = tf.split(tf.add(tf.matMul(rows, p.w as tf.Tensor, false, true), p.b as tf.Tensor), 2, 1);
      const normal = tf.mul(normalize(silu(h as tf.Tensor) as tf.Tensor) as tf.Tensor, p.g as tf.Tensor);
      return {
        loss: tf.mean(tf.square(tf.mul(normal, tf.tile(tf.mean(gate as tf.Tensor, 0, true), [6, 1])))),
        size: tf.sum(normal),
      };
    },
    { w: w as tf.Tensor, b: b as tf.Tensor, g: g as tf.Tensor },
  );
  return { ...values, dw: gradients.w as tf.Tensor, db: gradients.b as tf.Tensor, dg: gradients.g as tf.Tensor };
};

test('all passes together keep the results', async () => {
  const feeds = { x: filled([2, 3, 4], 1), w: filled([10, 4], 2), b: filled([10], 3), g: filled([5], 4) };
  await expectAgreement(everything, feeds, 2e-5);
});

test('passes only ever remove work', () => {
  const specs = { x: { shape: [2, 3, 4] }, w: { shape: [10, 4] }, b: { shape: [10] }, g: { shape: [5] } };
  const graph = traceGraph(everything, specs);
  const count = (without: string[]) => nodesOf(optimize(graph, 'cpu', without)).length;
  for (const pass of [
    'expandLast',
    'foldConstants',
    'simplifyLayout',
    'shareCommon',
    'mergeProducts',
    'normalizeWithStatistics',
    'gradeSilu',
  ]) {
    expect(count([pass]), pass).toBeGreaterThan(count([]));
  }
  expect(count([])).toBeLessThan(nodesOf(graph).length * 0.7);
});
