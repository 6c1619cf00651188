/** Windows over the spatial axes of [N, C, ...]: what convolutions and pools have in common. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';

/** A window along one axis. */
interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements that are put before and after. */
  readonly before: number;
  readonly after: number;
  /** Places of the window. */
  readonly count: number;
}

/** How ONNX describes windows; what is undefined is 1, or 0 for pads. */
export interface WindowAttributes {
  readonly kernel_shape: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly auto_pad: string;
  readonly ceil_mode?: number;
}

/** The most elements of a kernel: each is a slice of its own. */
const mostTaps = 4096;

/** The windows over an input of spatial sizes. Throws DataError for attributes that are none of such an input. */
export function windowsOf(
  sizes: readonly number[],
  kernel: readonly number[],
  attributes: WindowAttributes,
): readonly Window[] {
  const { strides, dilations, pads, auto_pad, ceil_mode = 0 } = attributes;
  const rank = sizes.length;
  const list = (
    name: string,
    values: readonly number[] | undefined,
    length: number,
    least: number,
  ): readonly number[] => {
    const found = values ?? Array.from({ length }, () => least);
    if (found.length !== length || found.some((value) => value < least || value > 2 ** 20))
      throw new DataError(`${name}: expected ${length} numbers from ${least} on, got [${found.join(', ')}]`);
    return found;
  };
  const [steps, spread] = [list('strides', strides, rank, 1), list('dilations', dilations, rank, 1)];
  const [shape, around] = [list('kernel_shape', kernel, rank, 1), list('pads', pads, 2 * rank, 0)];
  if (rank === 0 || sizeOf(shape) > mostTaps) throw new DataError(`kernels of [${shape.join(', ')}] are not supported`);
  return sizes.map((size, axis) => {
    const [length = 1, stride = 1, dilation = 1] = [shape[axis], steps[axis], spread[axis]];
    const reach = (length - 1) * dilation + 1;
    const [before, after] = autoPads(auto_pad, size, reach, stride) ?? [around[axis] ?? 0, around[axis + rank] ?? 0];
    const room = size + before + after - reach;
    if (room < 0) throw new DataError(`a kernel that reaches over ${reach} does not fit ${size + before + after}`);
    const whole = Math.floor(room / stride) + 1;
    const extra = ceil_mode === 1 && room % stride !== 0 && whole * stride < size + before ? 1 : 0;
    const overhang = extra === 1 ? stride - (room % stride) : 0;
    return { kernel: length, stride, dilation, before, after: after + overhang, count: whole + extra };
  });
}

function autoPads(mode: string, size: number, reach: number, stride: number): readonly [number, number] | undefined {
  if (mode === 'NOTSET') return undefined;
  if (mode === 'VALID') return [0, 0];
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') throw new DataError(`auto_pad ${mode} is not supported`);
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return mode === 'SAME_UPPER' ? [less, more] : [more, less];
}

/** x [N, C, ...] with `fill` around it. */
export function padded(x: tf.Tensor, windows: readonly Window[], fill: number): tf.Tensor {
  const pads = [[0, 0], [0, 0], ...windows.map(({ before, after }) => [before, after])] as [number, number][];
  return pads.flat().every((count) => count === 0) ? x : tf.pad(x, pads, fill);
}

/**
 * For each element of a kernel, in row-major order, what it sees at all places of the window: of x [N, C, ...], padded,
 * tensors [N, C, count, ...].
 */
export function taps(x: tf.Tensor, windows: readonly Window[]): readonly tf.Tensor[] {
  return windows.reduce<readonly tf.Tensor[]>(
    (parts, window, axis) =>
      parts.flatMap((part) =>
        Array.from({ length: window.kernel }, (_, at) => strided(part, axis + 2, at * window.dilation, window)),
      ),
    [x],
  );
}

/** Every stride-th element of an axis from a start on: a slice, and for strides a reshape of which the first is kept. */
function strided(x: tf.Tensor, axis: number, start: number, { stride, count }: Window): tf.Tensor {
  const length = Math.min(count * stride, (x.shape[axis] ?? 0) - start);
  const begin = x.shape.map((_, index) => (index === axis ? start : 0));
  const part = tf.slice(x, begin, x.shape.with(axis, length));
  if (stride === 1) return part;
  const short = count * stride - length;
  const whole =
    short === 0
      ? part
      : tf.pad(
          part,
          x.shape.map((_, index) => [0, index === axis ? short : 0] as [number, number]),
        );
  const rows = tf.reshape(whole, x.shape.toSpliced(axis, 1, count, stride));
  const first = tf.slice(
    rows,
    rows.shape.map(() => 0),
    rows.shape.with(axis + 1, 1),
  );
  return tf.reshape(first, x.shape.with(axis, count));
}
