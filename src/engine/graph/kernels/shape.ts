import * as tf from '@tensorflow/tfjs';
import { GraphError } from '../../../ground/errors.ts';
import { constant, type DType, hostData, scalar, type Value } from '../graph.ts';
import { apply, make } from '../operations.ts';
import { plain } from '../size.ts';
import { cast } from './elementwise.ts';
import { type KernelTable, kernel, variadic } from './kernel.ts';
import { oneHot } from './reduce.ts';

const shapeOf = (value: Value): number[] => plain(value.shape);
const axisOf = (value: Value, axis: number): number => (axis < 0 ? axis + value.shape.length : axis);
const reshape = (x: Value, shape: readonly number[]): Value => apply('Reshape', [x], { shape });

/** Tiling only axes of one element is broadcasting. */
function tile(x: Value, repeats: readonly number[]): Value {
  const target = shapeOf(x).map((size, axis) => size * (repeats[axis] ?? 1));
  const broadcasts = shapeOf(x).every((size, axis) => size === 1 || (repeats[axis] ?? 1) === 1);
  return broadcasts ? apply('Expand', [x], { shape: target }) : apply('Tile', [x], { repeats });
}

function pack(values: readonly Value[], { axis }: tf.PackAttrs): Value {
  const rows = values.map((value) => reshape(value, shapeOf(value).toSpliced(axis, 0, 1)));
  return rows.length === 1 && rows[0] ? rows[0] : apply('Concat', rows, { axis });
}

function unpack(value: Value, axis: number): readonly Value[] {
  const shape = shapeOf(value);
  const parts = make('Split', [value], { axis, split: Array.from({ length: shape[axis] ?? 1 }, () => 1) }).outputs;
  return parts.map((part) => reshape(part, shape.toSpliced(axis, 1)));
}

function split(x: Value, { numOrSizeSplits, axis }: tf.SplitVAttrs): readonly Value[] {
  const along = axisOf(x, axis);
  const total = shapeOf(x)[along] ?? 1;
  const lengths = [numOrSizeSplits].flat();
  const rest = total - lengths.reduce((sum, length) => sum + Math.max(length, 0), 0);
  const resolved =
    typeof numOrSizeSplits === 'number'
      ? Array.from({ length: numOrSizeSplits }, () => total / numOrSizeSplits)
      : lengths.map((length) => (length < 0 ? rest : length));
  return make('Split', [x], { axis: along, split: resolved }).outputs;
}

function slice(x: Value, { begin, size }: tf.SliceAttrs): Value {
  const shape = shapeOf(x);
  const starts = shape.map((_, axis) => [begin].flat()[axis] ?? 0);
  const lengths = shape.map((full, axis) => {
    const length = [size].flat()[axis] ?? -1;
    return length < 0 ? full - (starts[axis] ?? 0) : length;
  });
  return apply('Slice', [x], { starts, lengths });
}

/** Kernels that move or make elements and compute nothing. */
export const shapeKernels: KernelTable = {
  BroadcastTo: kernel(['x'], ([x], { shape }: tf.BroadCastToAttrs) => apply('Expand', [x], { shape })),
  Concat: variadic((values, { axis }: tf.ConcatAttrs) => {
    const [first] = values;
    return first && values.length === 1 ? first : apply('Concat', values, { axis: axisOf(first as Value, axis) });
  }),
  ExpandDims: kernel(['input'], ([input], { dim }: tf.ExpandDimsAttrs) =>
    reshape(input, shapeOf(input).toSpliced(dim < 0 ? input.shape.length + 1 + dim : dim, 0, 1)),
  ),
  Fill: kernel([], (_, { shape, value, dtype }: tf.FillAttrs) =>
    apply('Expand', [scalar(Number(value), dtype as DType)], { shape }),
  ),
  GatherV2: kernel(['x', 'indices'], ([x, indices], { axis, batchDims }: tf.GatherV2Attrs) => {
    if (batchDims > 0) throw new GraphError(`tf.gather: expected batchDims 0, got ${batchDims}`);
    return apply('Gather', [x, cast(indices, 'int32')], { axis: axisOf(x, axis) });
  }),
  LinSpace: kernel([], (_, { start, stop, num }: tf.LinSpaceAttrs) => {
    const step = num === 1 ? 0 : (stop - start) / (num - 1);
    return constant(
      Float32Array.from({ length: num }, (_, index) => start + index * step),
      [num],
    );
  }),
  OneHot: kernel(['indices'], ([indices], { depth, onValue, offValue, dtype }: tf.OneHotAttrs) =>
    cast(oneHot(indices, depth, onValue, offValue), dtype as DType),
  ),
  OnesLike: kernel(['x'], ([x]) => apply('Expand', [scalar(1, x.dtype)], { shape: x.shape })),
  Pack: variadic(pack),
  PadV2: kernel(['x'], ([x], { paddings, constantValue }: tf.PadV2Attrs) =>
    apply('Pad', [x], { pads: [0, 1].flatMap((end) => paddings.map((pair) => pair[end] ?? 0)), value: constantValue }),
  ),
  Range: kernel([], (_, { start, stop, step, dtype }: tf.RangeAttrs) => {
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length }, (_, index) => start + index * step);
    return constant(hostData(values, dtype), [length]);
  }),
  Reshape: kernel(['x'], ([x], { shape }: tf.ReshapeAttrs) =>
    reshape(x, tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(shapeOf(x)))),
  ),
  Slice: kernel(['x'], ([x], attributes: tf.SliceAttrs) => slice(x, attributes)),
  SplitV: kernel(['x'], ([x], attributes: tf.SplitVAttrs) => split(x, attributes)),
  Tile: kernel(['x'], ([x], { reps }: tf.TileAttrs) => tile(x, reps)),
  Transpose: kernel(['x'], ([x], { perm }: tf.TransposeAttrs) => apply('Transpose', [x], { perm })),
  Unpack: kernel(['value'], ([value], { axis }: tf.UnpackAttrs) => unpack(value, axisOf(value, axis))),
  ZerosLike: kernel(['x'], ([x]) => apply('Expand', [scalar(0, x.dtype)], { shape: x.shape })),
};
