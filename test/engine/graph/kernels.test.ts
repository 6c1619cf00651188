import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { kernels } from '../../../src/engine/graph/kernels/table.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { expectAgreement, expectGradients, filled } from './agreement.ts';

interface Case {
  /** The function, on positional tensors. */
  readonly f: (...xs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Shapes of inputs in [−2, 2), or inputs. */
  readonly of: readonly (readonly number[] | HostTensor)[];
  /** What kernel is recorded, where the function's name does not say it; checked. */
  readonly kernel?: string;
  /** Whether tfjs has a gradient for it. Default true. */
  readonly smooth?: boolean;
}

const positive = (...shape: number[]) => filled(shape, 5, 0.3, 2);
const small = (...shape: number[]) => filled(shape, 6, -0.9, 0.9);
const integers = (shape: number[], ...data: number[]): HostTensor => ({ shape, data: Int32Array.from(data) });
const booleans = (shape: number[], ...data: number[]): HostTensor => ({ shape, data: Uint8Array.from(data) });
const m = [2, 3] as const;

/** One entry a kernel, or more where it has cases. */
const cases: Record<string, Case[]> = {
  Abs: [{ f: tf.abs, of: [m] }],
  Acos: [{ f: tf.acos, of: [small(2, 3)] }],
  Add: [
    { f: tf.add, of: [m, m] },
    {
      f: tf.add,
      of: [
        [2, 1, 3],
        [4, 1],
      ],
    },
    { f: tf.add, of: [integers([2], 1, 2), integers([2], 3, -4)], smooth: false },
  ],
  AddN: [{ f: (a, b, c) => tf.addN([a, b, c] as tf.Tensor[]), of: [m, m, m] }],
  ArgMax: [{ f: (x) => tf.argMax(x as tf.Tensor, -1), of: [[3, 5]], smooth: false }],
  Asin: [{ f: tf.asin, of: [small(2, 3)] }],
  Atan: [{ f: tf.atan, of: [m] }],
  BatchMatMul: [
    ...[false, true].flatMap((a) =>
      [false, true].flatMap((b) => [
        {
          f: (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b),
          of: [a ? [4, 3] : [3, 4], b ? [2, 4] : [4, 2]] as const,
        },
        {
          f: (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b),
          of: [a ? [2, 2, 4, 3] : [2, 2, 3, 4], b ? [2, 2, 5, 4] : [2, 2, 4, 5]] as const,
        },
      ]),
    ),
  ],
  Cast: [
    { f: (x) => tf.cast(x as tf.Tensor, 'int32'), of: [[7]], smooth: false },
    { f: (x) => tf.cast(x as tf.Tensor, 'bool'), of: [integers([3], 0, 1, 2)], smooth: false },
    { f: (x) => tf.cast(x as tf.Tensor, 'float32'), of: [booleans([2], 0, 1)], smooth: false },
  ],
  Ceil: [{ f: tf.ceil, of: [m], smooth: false }],
  ClipByValue: [{ f: (x) => tf.clipByValue(x as tf.Tensor, -1, 0.5), of: [[9]] }],
  Concat: [
    { f: (a, b) => tf.concat([a, b] as tf.Tensor[], 1), of: [m, [2, 2]] },
    { f: (a, b) => tf.concat([a, b] as tf.Tensor[], -2), of: [m, [1, 3]] },
  ],
  Cos: [{ f: tf.cos, of: [m] }],
  Elu: [{ f: tf.elu, of: [m] }],
  Equal: [{ f: tf.equal, of: [integers([3], 1, 2, 3), integers([3], 1, 0, 3)], smooth: false }],
  Erf: [{ f: tf.erf, of: [m] }],
  Exp: [{ f: tf.exp, of: [m] }],
  ExpandDims: [
    { f: (x) => tf.expandDims(x as tf.Tensor, 1), of: [m] },
    { f: (x) => tf.expandDims(x as tf.Tensor, -1), of: [m] },
  ],
  Expm1: [
    { f: tf.expm1, of: [m] },
    { f: tf.expm1, of: [filled([4], 1, -1e-4, 1e-4)] },
  ],
  Fill: [{ f: (x) => tf.mul(x as tf.Tensor, tf.fill([2, 1], 3)), of: [m] }],
  Floor: [{ f: tf.floor, of: [m], smooth: false }],
  GatherV2: [
    { f: (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor1D), of: [[4, 3], integers([3], 2, 0, 2)] },
    { f: (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor1D, 1), of: [[2, 4, 2], integers([2], 3, 1)] },
  ],
  Greater: [{ f: tf.greater, of: [m, [1, 3]], smooth: false }],
  GreaterEqual: [{ f: tf.greaterEqual, of: [m, m], smooth: false }],
  Identity: [{ f: tf.clone, of: [m] }],
  LeakyRelu: [{ f: (x) => tf.leakyRelu(x as tf.Tensor, 0.1), of: [[8]] }],
  Less: [{ f: tf.less, of: [m, m], smooth: false }],
  LessEqual: [{ f: tf.lessEqual, of: [integers([2], 1, 2), integers([2], 1, 1)], smooth: false }],
  LinSpace: [{ f: (x) => tf.mul(x as tf.Tensor, tf.linspace(0, 1, 5)), of: [[5]] }],
  Log: [{ f: tf.log, of: [positive(2, 3)] }],
  Log1p: [
    { f: tf.log1p, of: [positive(2, 3)] },
    { f: tf.log1p, of: [filled([4], 1, -1e-4, 1e-4)] },
  ],
  LogicalAnd: [{ f: tf.logicalAnd, of: [booleans([4], 0, 0, 1, 1), booleans([4], 0, 1, 0, 1)], smooth: false }],
  LogicalNot: [{ f: tf.logicalNot, of: [booleans([2], 0, 1)], smooth: false }],
  LogicalOr: [{ f: tf.logicalOr, of: [booleans([4], 0, 0, 1, 1), booleans([4], 0, 1, 0, 1)], smooth: false }],
  Max: [
    { f: (x) => tf.max(x as tf.Tensor, 1), of: [m] },
    { f: (x) => tf.max(x as tf.Tensor, [0, 2], true), of: [[2, 3, 2]] },
  ],
  Maximum: [{ f: tf.maximum, of: [m, m] }],
  Mean: [
    { f: (x) => tf.mean(x as tf.Tensor), of: [m] },
    { f: (x) => tf.mean(x as tf.Tensor, -1, true), of: [[2, 3, 4]] },
    { f: (x) => tf.mean(x as tf.Tensor, [0, 1]), of: [[2, 3, 4]] },
    { f: (x) => tf.mean(x as tf.Tensor, 0), of: [integers([3], 1, 2, 4)], smooth: false },
  ],
  Min: [{ f: (x) => tf.min(x as tf.Tensor, 0, true), of: [m] }],
  Minimum: [{ f: tf.minimum, of: [m, m] }],
  Multiply: [
    { f: tf.mul, of: [m, [3]] },
    { f: tf.mul, of: [[], [2, 2]] },
  ],
  Neg: [{ f: tf.neg, of: [m] }],
  NotEqual: [{ f: tf.notEqual, of: [integers([3], 1, 2, 3), integers([3], 1, 0, 3)], smooth: false }],
  OneHot: [{ f: (i) => tf.oneHot(i as tf.Tensor1D, 4), of: [integers([3], 2, 0, 3)], smooth: false }],
  OnesLike: [{ f: (x) => tf.add(x as tf.Tensor, tf.onesLike(x as tf.Tensor)), of: [m] }],
  Pack: [
    { f: (a, b) => tf.stack([a, b] as tf.Tensor[], 1), of: [m, m] },
    { f: (a) => tf.stack([a] as tf.Tensor[], 0), of: [m] },
  ],
  PadV2: [
    {
      f: (x) =>
        tf.pad(
          x as tf.Tensor,
          [
            [1, 0],
            [2, 1],
          ],
          0.5,
        ),
      of: [m],
    },
  ],
  Pow: [
    { f: tf.pow, of: [positive(2, 3), [1, 3]] },
    { f: (x) => tf.pow(x as tf.Tensor, 2), of: [m] },
  ],
  Prod: [{ f: (x) => tf.prod(x as tf.Tensor, 1), of: [m], smooth: false }],
  Range: [{ f: (x) => tf.mul(x as tf.Tensor, tf.range(1, 6, 2)), of: [[3]] }],
  RealDiv: [
    { f: tf.div, of: [m, positive(3)] },
    { f: tf.div, of: [[2, 1], positive(2, 3)] },
  ],
  Reciprocal: [{ f: tf.reciprocal, of: [positive(2, 3)] }],
  Relu: [{ f: tf.relu, of: [m] }],
  Relu6: [{ f: (x) => tf.relu6(tf.mul(x as tf.Tensor, 5)), of: [[8]] }],
  Reshape: [{ f: (x) => tf.reshape(x as tf.Tensor, [3, -1]), of: [m] }],
  Rsqrt: [{ f: tf.rsqrt, of: [positive(2, 3)] }],
  Select: [
    { f: tf.where as Case['f'], of: [booleans([2, 3], 0, 1, 1, 0, 0, 1), m, m] },
    { f: tf.where as Case['f'], of: [booleans([2, 1], 0, 1), m, m], smooth: false },
  ],
  Sigmoid: [{ f: tf.sigmoid, of: [m] }],
  Sign: [{ f: tf.sign, of: [m], smooth: false }],
  Sin: [{ f: tf.sin, of: [m] }],
  Slice: [
    { f: (x) => tf.slice(x as tf.Tensor, [0, 1], [2, 2]), of: [[3, 4]] },
    { f: (x) => tf.slice(x as tf.Tensor, 1), of: [[3, 4]] },
    { f: (x) => tf.slice(x as tf.Tensor, [1, 0], [-1, 3]), of: [[3, 4]] },
  ],
  Softmax: [{ f: (x) => tf.softmax(x as tf.Tensor), of: [[2, 3, 4]] }],
  Softplus: [{ f: tf.softplus, of: [m] }],
  SplitV: [
    { f: (x) => tf.split(x as tf.Tensor, 2, 1), of: [[3, 4]] },
    { f: (x) => tf.split(x as tf.Tensor, [1, 3], -1), of: [[3, 4]] },
  ],
  Sqrt: [{ f: tf.sqrt, of: [positive(2, 3)] }],
  Square: [{ f: tf.square, of: [m] }],
  SquaredDifference: [{ f: tf.squaredDifference, of: [m, m] }],
  Step: [
    { f: (x) => tf.step(x as tf.Tensor), of: [m] },
    { f: (x) => tf.step(x as tf.Tensor, 0.25), of: [m] },
  ],
  Sub: [
    { f: tf.sub, of: [m, [2, 1]] },
    { f: tf.sub, of: [[], m] },
  ],
  Sum: [
    { f: (x) => tf.sum(x as tf.Tensor), of: [m] },
    { f: (x) => tf.sum(x as tf.Tensor, [0], true), of: [m] },
    { f: (x) => tf.sum(x as tf.Tensor, [0, 2]), of: [[2, 3, 4]] },
    { f: (x) => tf.sum(x as tf.Tensor), of: [booleans([4], 1, 0, 1, 1)], smooth: false },
  ],
  Tanh: [{ f: tf.tanh, of: [m] }],
  Tile: [
    { f: (x) => tf.tile(x as tf.Tensor, [2, 3]), of: [m] },
    { f: (x) => tf.broadcastTo(x as tf.Tensor, [4, 2, 3]), of: [[2, 1]] },
  ],
  Transpose: [
    { f: (x) => tf.transpose(x as tf.Tensor), of: [m] },
    { f: (x) => tf.transpose(x as tf.Tensor, [1, 0, 2]), of: [[2, 3, 4]] },
  ],
  Unpack: [{ f: (x) => tf.unstack(x as tf.Tensor, 1), of: [m] }],
  UnsortedSegmentSum: [
    {
      f: (x, i) => tf.unsortedSegmentSum(x as tf.Tensor, i as tf.Tensor1D, 3),
      of: [[4, 2], integers([4], 2, 0, 2, 2)],
    },
  ],
  ZerosLike: [{ f: (x) => tf.add(x as tf.Tensor, tf.zerosLike(x as tf.Tensor)), of: [m] }],
};

describe.each(Object.entries(cases))('kernel %s', (name, all) => {
  test.each(all.map((one, index) => ({ ...one, index })))(
    'case $index equals the eager kernel',
    async ({ f, of, smooth = true }) => {
      const feeds = Object.fromEntries(of.map((input, i) => [`x${i}`, 'data' in input ? input : filled(input, i + 1)]));
      const fn = (inputs: Readonly<Record<string, tf.Tensor>>) => {
        const results = f(...Object.values(inputs));
        return Object.fromEntries([results].flat().map((result, i) => [`y${i}`, result]));
      };
      await expectAgreement(fn, feeds);
      if (smooth) await expectGradients(fn, feeds);
    },
  );
  test('is in the table', () => expect(kernels[name]).toBeDefined());
});

test('every kernel of the table has its cases', () => {
  const indirect = ['EluGrad', 'BroadcastTo'];
  expect(Object.keys(kernels).filter((name) => cases[name] === undefined && !indirect.includes(name))).toEqual([]);
});
