/** Activations, each a composition whose gradients of every order are right. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { type Computation, compute } from '../compute.ts';
import { expandAll } from '../expand.ts';
import { float, int, type Operator, type OperatorTable, onTensor, operator, text } from '../operator.ts';
import { isHost, type Value } from '../value.ts';
import { maximum, minimum } from './extremes.ts';

const selu = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

/** `positive` above zero, `negative` elsewhere: tf.where passes no NaN of the branch that is not taken. */
const split = (x: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor): tf.Tensor =>
  tf.where(tf.greater(x, 0), positive, negative);

/** alpha·(exp(x/scale) − 1) below zero; the exponent is clipped so that the other branch has no infinity. */
const exponential = (x: tf.Tensor, alpha: number, scale = 1): tf.Tensor =>
  split(x, x, tf.mul(alpha, tf.expm1(tf.div(tf.minimum(x, tf.zerosLike(x)), scale))));

const gate = (x: tf.Tensor, alpha: number, beta: number): tf.Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

function gelu(x: tf.Tensor, approximate: string): tf.Tensor {
  const half = tf.mul(x, 0.5);
  if (approximate === 'none') return tf.mul(half, tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  if (approximate !== 'tanh') throw new DataError(`approximate: expected none or tanh, got ${approximate}`);
  const inner = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))));
  return tf.mul(half, tf.add(tf.tanh(tf.mul(inner, Math.sqrt(2 / Math.PI))), 1));
}

/** Bounds that are known are one operation; those that depend on data are others. */
function clip(x: Value, low: Value | undefined, high: Value | undefined): Value {
  const [from, to] = [knownBound(low, -largest), knownBound(high, largest)];
  if (!isHost(x) && x.dtype === 'float32' && from !== undefined && to !== undefined && from <= to)
    return tf.clipByValue(x, from, to);
  const raised = low === undefined ? x : compute(larger, [x, low]);
  return high === undefined ? raised : compute(smaller, [raised, high]);
}

const largest = 3.4028234663852886e38;

function knownBound(bound: Value | undefined, otherwise: number): number | undefined {
  if (bound === undefined) return otherwise;
  return isHost(bound) && bound.data.length === 1 ? bound.data[0] : undefined;
}

const larger: Computation = { tensor: maximum, host: (_, a = 0, b = 0) => Math.max(a, b) };
const smaller: Computation = { tensor: minimum, host: (_, a = 0, b = 0) => Math.min(a, b) };

const withAlpha = (otherwise: number, run: (x: tf.Tensor, alpha: number) => tf.Tensor): Operator =>
  operator(1, { alpha: float(otherwise) }, (operands, { alpha }) => run(operands.tensor(0), alpha));

/** ONNX's activations, Clip, and Dropout, which does nothing outside training. */
export const activationOperators: OperatorTable = {
  Celu: withAlpha(1, (x, alpha) => exponential(x, alpha, alpha)),
  Clip: operator([1, 3], {}, ({ all: [x, low, high] }) => clip(x as Value, low, high)),
  Dropout: operator([1, 3], { seed: int(0) }, (operands) => {
    if (operands.number(2)) throw new DataError('dropout while training is not supported');
    return operands.value(0);
  }),
  Elu: withAlpha(1, exponential),
  Gelu: operator(1, { approximate: text('none') }, (operands, { approximate }) =>
    gelu(operands.tensor(0), approximate),
  ),
  HardSigmoid: operator(1, { alpha: float(0.2), beta: float(0.5) }, (operands, { alpha, beta }) =>
    gate(operands.tensor(0), alpha, beta),
  ),
  HardSwish: onTensor((x) => tf.mul(x, gate(x, 1 / 6, 0.5))),
  LeakyRelu: withAlpha(0.01, (x, alpha) => tf.leakyRelu(x, alpha)),
  Mish: onTensor((x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  PRelu: operator(2, {}, (operands) => {
    const [x, slope] = expandAll(operands.tensor(0), operands.tensor(1)) as [tf.Tensor, tf.Tensor];
    return split(x, x, tf.mul(x, slope));
  }),
  Relu: onTensor((x) => tf.relu(x)),
  Selu: operator(1, { alpha: float(selu.alpha), gamma: float(selu.gamma) }, (operands, { alpha, gamma }) =>
    tf.mul(gamma, exponential(operands.tensor(0), alpha)),
  ),
  Sigmoid: onTensor((x) => tf.sigmoid(x)),
  Softplus: onTensor((x) => tf.softplus(x)),
  Softsign: onTensor((x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Tanh: onTensor((x) => tf.tanh(x)),
  ThresholdedRelu: withAlpha(1, (x, alpha) => tf.where(tf.greater(x, alpha), x, tf.zerosLike(x))),
};
