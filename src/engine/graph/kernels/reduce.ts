import * as tf from '@tensorflow/tfjs';
import type { Reduction } from '../attributes.ts';
import { constant, scalar, type Value } from '../graph.ts';
import { apply } from '../operations.ts';
import { plain } from '../size.ts';
import { cast } from './elementwise.ts';
import { type Kernel, type KernelTable, kernel } from './kernel.ts';

type Axes = number | number[] | null | undefined;

interface ReductionAttributes {
  readonly axis?: Axes;
  readonly reductionIndices?: Axes;
  readonly keepDims?: boolean;
}

const axesOf = (x: Value, axes: Axes): number[] =>
  tf.util.parseAxisParam(axes ?? x.shape.map((_, axis) => axis), plain(x.shape));

/** tfjs reduces nothing over an empty list of axes; ONNX would reduce everything. */
function reduce(operation: Reduction, x: Value, attributes: ReductionAttributes): Value {
  const axes = axesOf(x, attributes.reductionIndices ?? attributes.axis);
  return axes.length === 0 ? x : apply(operation, [x], { axes, keepdims: attributes.keepDims ? 1 : 0 });
}

const reduction = (operation: Reduction): Kernel =>
  kernel(['x'], ([x], attributes: ReductionAttributes) => reduce(operation, x, attributes));

/** Kernels that reduce over axes. */
export const reduceKernels: KernelTable = {
  Max: reduction('ReduceMax'),
  Mean: kernel(['x'], ([x], attributes: ReductionAttributes) => reduce('ReduceMean', cast(x, 'float32'), attributes)),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: kernel(['x'], ([x], attributes: ReductionAttributes) =>
    reduce('ReduceSum', x.dtype === 'bool' ? cast(x, 'int32') : x, attributes),
  ),
  Softmax: kernel(['logits'], ([logits], { dim }: tf.SoftmaxAttrs) =>
    apply('Softmax', [logits], { axis: axesOf(logits, dim)[0] ?? 0 }),
  ),
  ArgMax: kernel(['x'], ([x], { axis }: tf.ArgMaxAttrs) => apply('ArgMax', [x], { axis: axesOf(x, axis)[0] ?? 0 })),
  UnsortedSegmentSum: kernel(['x', 'segmentIds'], ([x, ids], { numSegments }: tf.UnsortedSegmentSumAttrs) =>
    segmentSum(x, ids, numSegments),
  ),
};

/** Sums rows of x [N, ...] by segment: a product with the one-hot matrix of the ids [N]. */
function segmentSum(x: Value, ids: Value, segments: number): Value {
  const [rows = 1, ...rest] = plain(x.shape);
  const flat = apply('Reshape', [x], { shape: [rows, tf.util.sizeFromShape(rest)] });
  const sums = apply('MatMul', [oneHot(ids, segments), cast(flat, 'float32')], { transA: 1, transB: 0 });
  return cast(apply('Reshape', [sums], { shape: [segments, ...rest] }), x.dtype);
}

/** Indices [...] as one-hot rows [..., depth] of `on` among `off`. */
export function oneHot(indices: Value, depth: number, on = 1, off = 0): Value {
  const classes = apply('Reshape', [indices], { shape: [...indices.shape, 1] });
  const range = constant(
    Int32Array.from({ length: depth }, (_, index) => index),
    [depth],
  );
  return apply('Where', [apply('Equal', [classes, range]), scalar(on), scalar(off)]);
}
