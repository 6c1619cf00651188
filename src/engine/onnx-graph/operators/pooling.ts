/** Pools over the spatial axes of [N, C, ...]. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { allAxes } from '../axes.ts';
import { int, ints, type OperatorTable, onTensor, operator, text } from '../operator.ts';
import { padded, taps, windowsOf } from '../spatial.ts';

const windowAttributes = {
  auto_pad: text('NOTSET'),
  ceil_mode: int(0),
  dilations: ints(undefined),
  kernel_shape: ints([]),
  pads: ints(undefined),
  strides: ints(undefined),
};

/** Lower than any number. */
const lowest = -3.4028234663852886e38;

const spatial = (x: tf.Tensor): number[] => [...allAxes(x.rank)].slice(2);

const sum = (parts: readonly tf.Tensor[]): tf.Tensor => parts.reduce((a, b) => tf.add(a, b));

/** ONNX's pools. */
export const poolingOperators: OperatorTable = {
  AveragePool: operator(1, { ...windowAttributes, count_include_pad: int(0) }, (operands, attributes) => {
    const x = operands.tensor(0);
    const windows = windowsOf(x.shape.slice(2), attributes.kernel_shape, attributes);
    const total = sum(taps(padded(x, windows, 0), windows));
    const taken = attributes.kernel_shape.reduce((product, size) => product * size, 1);
    const ceiled = attributes.ceil_mode === 1 && attributes.count_include_pad === 1;
    if (ceiled) throw new DataError('ceil_mode together with count_include_pad is not supported');
    const even = attributes.count_include_pad === 1 || windows.every(({ before, after }) => before + after === 0);
    if (even) return tf.div(total, taken);
    return tf.div(total, sum(taps(padded(tf.ones([1, 1, ...x.shape.slice(2)]), windows, 0), windows)));
  }),
  GlobalAveragePool: onTensor((x) => tf.mean(x, spatial(x), true)),
  GlobalMaxPool: onTensor((x) => tf.max(x, spatial(x), true)),
  MaxPool: operator(1, { ...windowAttributes, storage_order: int(0) }, (operands, attributes) => {
    const x = operands.tensor(0);
    const windows = windowsOf(x.shape.slice(2), attributes.kernel_shape, attributes);
    return taps(padded(x, windows, lowest), windows).reduce((a, b) => tf.maximum(a, b));
  }),
};
