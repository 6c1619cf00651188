/** Convolutions of any number of spatial axes, as products of matrices: x [N, C, ...], weight [O, C/groups, ...]. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { allAxes } from '../axes.ts';
import { int, ints, type OperatorTable, operator, text } from '../operator.ts';
import { splitOf, stackOf } from '../parts.ts';
import { padded, taps, type WindowAttributes, windowsOf } from '../spatial.ts';
import { checkSize } from '../value.ts';

const windowAttributes = {
  auto_pad: text('NOTSET'),
  dilations: ints(undefined),
  group: int(1),
  kernel_shape: ints(undefined),
  pads: ints(undefined),
  strides: ints(undefined),
};

/** Sums over channels and kernel at once: [N·places, C·taps]·[C·taps, O], one product for each group. */
function convolve(x: tf.Tensor, weight: tf.Tensor, group: number, attributes: WindowAttributes): tf.Tensor {
  const [n = 1, channels = 1, ...sizes] = x.shape;
  const [out = 1, depth = 1, ...kernel] = weight.shape;
  if (x.rank < 3 || weight.rank !== x.rank || group < 1 || depth * group !== channels || out % group !== 0)
    throw new DataError(
      `input [${x.shape.join(', ')}] and weight [${weight.shape.join(', ')}] in ${group} groups do not fit`,
    );
  const windows = windowsOf(sizes, kernel, attributes);
  const places = windows.map(({ count }) => count);
  checkSize([n, channels, ...kernel, ...places]);
  const seen = taps(padded(x, windows, 0), windows);
  if (depth === 1 && out === group) return depthwise(seen, weight, windows.length);
  const columns = tf.reshape(stackOf(seen, 2), [n, group, depth * sizeOf(kernel), sizeOf(places)]);
  const rows = tf.reshape(tf.transpose(columns, [1, 0, 3, 2]), [group, n * sizeOf(places), depth * sizeOf(kernel)]);
  const matrix = tf.reshape(weight, [group, out / group, depth * sizeOf(kernel)]);
  const product = group === 1 ? flatProduct(rows, matrix) : tf.matMul(rows, matrix, false, true);
  const apart = tf.reshape(product, [group, n, sizeOf(places), out / group]);
  return tf.reshape(tf.transpose(apart, [1, 0, 3, 2]), [n, out, ...places]);
}

/** [1, rows, n]·[1, columns, n]ᵀ in two dimensions. */
const flatProduct = (rows: tf.Tensor, matrix: tf.Tensor): tf.Tensor =>
  tf.matMul(tf.squeeze(rows, [0]) as tf.Tensor2D, tf.squeeze(matrix, [0]) as tf.Tensor2D, false, true);

/** One kernel a channel: a sum of products, an element of the kernel at a time. */
function depthwise(seen: readonly tf.Tensor[], weight: tf.Tensor, rank: number): tf.Tensor {
  const flat = tf.reshape(weight, [weight.shape[0] ?? 1, seen.length]);
  const columns = splitOf(
    flat,
    seen.map(() => 1),
    1,
  );
  return seen
    .map((part, index) => tf.mul(part, tf.reshape(columns[index] as tf.Tensor, [-1, ...allAxes(rank).map(() => 1)])))
    .reduce((a, b) => tf.add(a, b));
}

const biased = (x: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor =>
  bias === undefined ? x : tf.add(x, tf.reshape(bias, [-1, ...allAxes(x.rank - 2).map(() => 1)]));

/** Zeros between elements: each axis [n] → [n, 1] → [n, stride] → [n·stride], the last ones cut off. */
function spread(x: tf.Tensor, strides: readonly number[]): tf.Tensor {
  return strides.reduce((part, stride, index) => {
    const axis = index + 2;
    const size = part.shape[axis] ?? 0;
    if (stride === 1) return part;
    const wide = tf.pad(
      tf.reshape(part, part.shape.toSpliced(axis, 1, size, 1)),
      [...part.shape, 1].map((_, at) => [0, at === axis + 1 ? stride - 1 : 0] as [number, number]),
    );
    const flat = tf.reshape(wide, part.shape.with(axis, size * stride));
    return tf.slice(
      flat,
      flat.shape.map(() => 0),
      part.shape.with(axis, (size - 1) * stride + 1),
    );
  }, x);
}

/** Weight [C, O/groups, ...] of a transposed convolution as that of the convolution which it is: turned around. */
function turnedWeight(weight: tf.Tensor, group: number): tf.Tensor {
  const [channels = 1, out = 1, ...kernel] = weight.shape;
  const flat = tf.reshape(weight, [group, channels / group, out, sizeOf(kernel)]);
  const places = Array.from({ length: sizeOf(kernel) }, (_, index) => sizeOf(kernel) - 1 - index);
  const turned = tf.gather(flat, tf.tensor1d(places, 'int32'), 3);
  return tf.reshape(tf.transpose(turned, [0, 2, 1, 3]), [group * out, channels / group, ...kernel]);
}

interface Transposed extends WindowAttributes {
  readonly output_padding: readonly number[] | undefined;
}

function convolveBack(x: tf.Tensor, weight: tf.Tensor, group: number, attributes: Transposed): tf.Tensor {
  const { strides, dilations, pads, output_padding, auto_pad } = attributes;
  const [channels = 1, , ...kernel] = weight.shape;
  const rank = kernel.length;
  if (auto_pad !== 'NOTSET') throw new DataError(`auto_pad ${auto_pad} is not supported`);
  if (x.rank !== weight.rank || x.shape[1] !== channels || group < 1 || channels % group !== 0)
    throw new DataError(`input [${x.shape.join(', ')}] and weight [${weight.shape.join(', ')}] do not fit`);
  const steps = strides ?? kernel.map(() => 1);
  checkSize([...x.shape.slice(0, 2), ...x.shape.slice(2).map((size, axis) => size * (steps[axis] ?? 1))]);
  const reach = kernel.map((size, axis) => (size - 1) * (dilations?.[axis] ?? 1));
  const before = reach.map((size, axis) => size - (pads?.[axis] ?? 0));
  const after = reach.map((size, axis) => size - (pads?.[axis + rank] ?? 0) + (output_padding?.[axis] ?? 0));
  if ([...before, ...after].some((count) => count < 0)) throw new DataError('pads beyond the kernel are not supported');
  const inner: WindowAttributes = {
    kernel_shape: undefined,
    strides: undefined,
    dilations,
    pads: [...before, ...after],
    auto_pad,
  };
  return convolve(spread(x, steps), turnedWeight(weight, group), group, inner);
}

/** ONNX's convolutions. */
export const convolutionOperators: OperatorTable = {
  Conv: operator([2, 3], windowAttributes, (operands, attributes) =>
    biased(convolve(operands.tensor(0), operands.tensor(1), attributes.group, attributes), operands.tensorIf(2)),
  ),
  ConvTranspose: operator(
    [2, 3],
    { ...windowAttributes, output_padding: ints(undefined), output_shape: ints(undefined) },
    (operands, attributes) => {
      if (attributes.output_shape !== undefined) throw new DataError('output_shape is not supported');
      const product = convolveBack(operands.tensor(0), operands.tensor(1), attributes.group, attributes);
      return biased(product, operands.tensorIf(2));
    },
  ),
};
