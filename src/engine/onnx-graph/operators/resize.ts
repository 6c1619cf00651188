/** Resize, an axis at a time: nearest and linear interpolation are products with a matrix that is known. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { allAxes, axisOf, lastly } from '../axes.ts';
import { expand } from '../expand.ts';
import type { Operands } from '../operands.ts';
import { float, int, ints, type OperatorTable, operator, text } from '../operator.ts';
import { checkSize } from '../value.ts';

interface Sampling {
  readonly mode: string;
  readonly coordinate_transformation_mode: string;
  readonly nearest_mode: string;
}

/** Where the middle of an output element lies among the input's. */
const coordinates: Readonly<Record<string, (place: number, scale: number, from: number, to: number) => number>> = {
  align_corners: (place, _, from, to) => (to === 1 ? 0 : (place * (from - 1)) / (to - 1)),
  asymmetric: (place, scale) => place / scale,
  half_pixel: (place, scale) => (place + 0.5) / scale - 0.5,
  pytorch_half_pixel: (place, scale, _, to) => (to > 1 ? (place + 0.5) / scale - 0.5 : 0),
};

const nearest: Readonly<Record<string, (place: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
};

/** The weights of the input's elements in those of the output: [from, to]. */
function samplingMatrix(from: number, to: number, scale: number, sampling: Sampling): tf.Tensor2D {
  const place = coordinates[sampling.coordinate_transformation_mode];
  const round = nearest[sampling.nearest_mode];
  if (place === undefined || round === undefined)
    throw new DataError(`${sampling.coordinate_transformation_mode}, ${sampling.nearest_mode} is not supported`);
  checkSize([from, to], 2 ** 24);
  const weights = new Float32Array(from * to);
  const add = (source: number, column: number, weight: number): void => {
    const row = Math.min(Math.max(source, 0), from - 1);
    weights[row * to + column] = (weights[row * to + column] ?? 0) + weight;
  };
  for (let column = 0; column < to; column++) {
    const at = place(column, scale, from, to);
    if (sampling.mode === 'nearest') add(round(at), column, 1);
    else {
      const below = Math.floor(at);
      add(below, column, 1 - (at - below));
      add(below + 1, column, at - below);
    }
  }
  return tf.tensor2d(weights, [from, to]);
}

function resizeAxis(x: tf.Tensor, axis: number, to: number, scale: number, sampling: Sampling): tf.Tensor {
  const from = x.shape[axis] ?? 1;
  if (from === to && scale === 1) return x;
  const { mode, coordinate_transformation_mode: transformation, nearest_mode: rounding } = sampling;
  const whole = Number.isInteger(scale) && to === from * scale;
  if (mode === 'nearest' && whole && transformation === 'asymmetric' && rounding === 'floor') {
    const pairs = tf.reshape(x, x.shape.toSpliced(axis, 1, from, 1));
    return tf.reshape(expand(pairs, x.shape.toSpliced(axis, 1, from, scale)), x.shape.with(axis, to));
  }
  const { there, back } = lastly([axis], x.rank);
  const turned = tf.transpose(x, there);
  const rows = tf.reshape(turned, [-1, from]) as tf.Tensor2D;
  const product = tf.matMul(rows, samplingMatrix(from, to, scale, sampling));
  return tf.transpose(tf.reshape(product, [...turned.shape.slice(0, -1), to]), back);
}

/** The new size of each axis, and the scale that places are computed by. */
function targets(operands: Operands, given: readonly number[] | undefined): readonly (readonly [number, number])[] {
  const shape = operands.shape(0);
  const axes = (given ?? allAxes(shape.length)).map((axis) => axisOf(axis, shape.length));
  const [scales, sizes] = [operands.numbers(2) ?? [], operands.numbers(3) ?? []];
  const values = sizes.length > 0 ? sizes : scales;
  if (values.length !== axes.length || values.some((value) => !(value > 0)))
    throw new DataError(`expected ${axes.length} sizes or scales, got [${values.join(', ')}]`);
  return shape.map((size, axis) => {
    const value = values[axes.indexOf(axis)];
    if (value === undefined) return [size, 1];
    return sizes.length > 0 ? [value, value / size] : [Math.floor(size * value), value];
  });
}

const attributes = {
  antialias: int(0),
  axes: ints(undefined),
  coordinate_transformation_mode: text('half_pixel'),
  cubic_coeff_a: float(-0.75),
  exclude_outside: int(0),
  extrapolation_value: float(0),
  keep_aspect_ratio_policy: text('stretch'),
  mode: text('nearest'),
  nearest_mode: text('round_prefer_floor'),
};

/** ONNX's Resize. */
export const resizeOperators: OperatorTable = {
  Resize: operator(
    [1, 4],
    attributes,
    (operands, given) => {
      const { mode, antialias, exclude_outside, keep_aspect_ratio_policy: policy } = given;
      if (mode !== 'nearest' && mode !== 'linear') throw new DataError(`mode ${mode} is not supported`);
      if (antialias !== 0 || exclude_outside !== 0 || policy !== 'stretch')
        throw new DataError('antialias, exclude_outside and keep_aspect_ratio_policy are not supported');
      const wanted = targets(operands, given.axes);
      checkSize(wanted.map(([size]) => size));
      return wanted.reduce((x, [size, scale], axis) => resizeAxis(x, axis, size, scale, given), operands.tensor(0));
    },
    [1, 2, 3],
  ),
};
