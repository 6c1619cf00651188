/** Softmax and normalizations. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { allAxes, axisOf, lastly } from '../axes.ts';
import type { Operands } from '../operands.ts';
import { float, int, type Operator, type OperatorTable, operator } from '../operator.ts';

const epsilon = float(1e-5);

/** Runs along the last axis what is to run along another. */
function along(x: tf.Tensor, axis: number, run: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (axis === x.rank - 1) return run(x);
  const { there, back } = lastly([axis], x.rank);
  return tf.transpose(run(tf.transpose(x, there)), back);
}

const alongAxis = (run: (x: tf.Tensor) => tf.Tensor): Operator =>
  operator(1, { axis: int(-1) }, (operands, { axis }) => {
    const x = operands.tensor(0);
    return along(x, axisOf(axis, x.rank), run);
  });

function logSoftmax(x: tf.Tensor): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, -1, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}

/** Scale and bias, one a channel, of [N, C, ...]. */
const perChannel = (x: tf.Tensor, rank: number): tf.Tensor =>
  tf.reshape(x, [-1, ...Array.from({ length: rank - 2 }, () => 1)]);

const variance = (centred: tf.Tensor): tf.Tensor => tf.mean(tf.square(centred), -1, true);

/** (x − mean)/√(variance + ε) over the last axis. */
function standardized(x: tf.Tensor, epsilon: number): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(variance(centred), epsilon)));
}

/** x/√(mean of x² + ε) over the last axis. */
const rootMeanSquare = (x: tf.Tensor, epsilon: number): tf.Tensor =>
  tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)));

/** The axes from one on as the last, normalized, then scaled and shifted where there is what by. */
function fromAxis(operands: Operands, axis: number, normalize: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const x = operands.tensor(0);
  const at = axisOf(axis, x.rank);
  const flat = at === x.rank - 1 ? x : tf.reshape(x, [...x.shape.slice(0, at), sizeOf(x.shape.slice(at))]);
  const normal = normalize(flat);
  const gained = tf.mul(at === x.rank - 1 ? normal : tf.reshape(normal, x.shape), operands.tensor(1));
  const bias = operands.tensorIf(2);
  return sameShape(x, bias === undefined ? gained : tf.add(gained, bias));
}

function sameShape(x: tf.Tensor, result: tf.Tensor): tf.Tensor {
  if (String(x.shape) === String(result.shape)) return result;
  throw new DataError(`expected a result of shape [${x.shape.join(', ')}], got [${result.shape.join(', ')}]`);
}

/** Normalizes within groups of channels; gain and bias are of channels, or of groups until opset 20. */
function grouped(operands: Operands, groups: number, epsilon: number): tf.Tensor {
  const x = operands.tensor(0);
  const [n = 1, channels = 1] = x.shape;
  if (x.rank < 3 || groups < 1 || channels % groups !== 0)
    throw new DataError(`expected channels in ${groups} groups, got shape [${x.shape.join(', ')}]`);
  const normal = tf.reshape(
    standardized(tf.reshape(x, [n, groups, sizeOf(x.shape.slice(1)) / groups]), epsilon),
    x.shape,
  );
  const [gain, bias] = [operands.tensor(1), operands.tensor(2)].map((weight) => {
    const each = weight.size === channels ? weight : repeated(weight, channels / groups);
    return perChannel(each, x.rank);
  }) as [tf.Tensor, tf.Tensor];
  return sameShape(x, tf.add(tf.mul(normal, gain), bias));
}

/** [a, b] → [a, a, b, b]. */
const repeated = (x: tf.Tensor, times: number): tf.Tensor =>
  tf.reshape(tf.mul(tf.reshape(x, [-1, 1]), tf.ones([1, times])), [-1]);

/** By statistics that were kept from training. */
function byStatistics(operands: Operands, epsilon: number): tf.Tensor {
  const x = operands.tensor(0);
  const [gain, bias, mean, spread] = [1, 2, 3, 4].map((index) => perChannel(operands.tensor(index), x.rank)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const slope = tf.mul(gain, tf.rsqrt(tf.add(spread, epsilon)));
  return sameShape(x, tf.add(tf.mul(tf.sub(x, mean), slope), bias));
}

/** ONNX's normalizations. */
export const normalizationOperators: OperatorTable = {
  BatchNormalization: operator(
    5,
    { epsilon, momentum: float(0.9), training_mode: int(0) },
    (operands, { epsilon, training_mode }) => {
      if (training_mode !== 0) throw new DataError('batch normalization while training is not supported');
      return byStatistics(operands, epsilon);
    },
    [3, 4], // statistics of the training, which are no weights
  ),
  GroupNormalization: operator(
    3,
    { epsilon, num_groups: int(0), stash_type: int(1) },
    (operands, { epsilon, num_groups }) => grouped(operands, num_groups, epsilon),
  ),
  InstanceNormalization: operator(3, { epsilon }, (operands, { epsilon }) =>
    grouped(operands, operands.shape(0)[1] ?? 1, epsilon),
  ),
  LayerNormalization: operator([2, 3], { axis: int(-1), epsilon, stash_type: int(1) }, (operands, { axis, epsilon }) =>
    fromAxis(operands, axis, (x) => standardized(x, epsilon)),
  ),
  LogSoftmax: alongAxis(logSoftmax),
  LpNormalization: operator(1, { axis: int(-1), p: int(2) }, (operands, { axis, p }) => {
    const x = operands.tensor(0);
    const at = [axisOf(axis, x.rank)];
    if (p !== 1 && p !== 2) throw new DataError(`expected p 1 or 2, got ${p}`);
    return tf.div(x, p === 1 ? tf.sum(tf.abs(x), at, true) : tf.sqrt(tf.sum(tf.square(x), at, true)));
  }),
  MeanVarianceNormalization: operator(1, {}, (operands) => {
    const x = operands.tensor(0);
    const axes = allAxes(x.rank).filter((axis) => axis !== 1);
    const centred = tf.sub(x, tf.mean(x, axes, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), axes, true), 1e-9)));
  }),
  RMSNormalization: operator(2, { axis: int(-1), epsilon, stash_type: int(1) }, (operands, { axis, epsilon }) =>
    fromAxis(operands, axis, (x) => rootMeanSquare(x, epsilon)),
  ),
  Softmax: alongAxis((x) => tf.softmax(x)),
};
