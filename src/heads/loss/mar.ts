import * as tf from '@tensorflow/tfjs';
import { perContext } from '../flow.ts';
import { detach } from './detach.ts';
import type { LossBatch, Network } from './loss-inputs.ts';
import type { NoiseSchedule } from './noise-schedule.ts';

/** MAR's losses a sample, all [B, K]. */
export interface MarLosses {
  /** Mean over dimensions of the squared error of the noise. */
  readonly mse: tf.Tensor;
  /** The variational term in bits a dimension; it teaches the variances only. */
  readonly variational: tf.Tensor;
  readonly total: tf.Tensor;
}

/**
 * The training loss of MAR's diffusion head (arXiv 2406.11838; the variational term of arXiv 2102.09672, eq. 14–15): the
 * noise's squared error plus the divergence of the predicted from the true posterior, its mean detached. t [B]
 * counts steps of the schedule, 0 is almost clean; the network gives the noise, then the variances' interpolation.
 */
export function marLosses(network: Network, { target, noise, t }: LossBatch, schedule: NoiseSchedule): MarLosses {
  const at = (name: keyof NoiseSchedule): tf.Tensor =>
    perContext(tf.gather(tf.tensor1d(schedule[name]), tf.cast(t, 'int32') as tf.Tensor1D));
  const x = tf.add(tf.mul(at('signal'), target), tf.mul(at('noise'), noise)); // [B, K, D]
  const [predicted, interpolation] = tf.split(network(x, t), 2, -1) as [tf.Tensor, tf.Tensor];
  const mse = tf.mean(tf.squaredDifference(predicted, noise), -1);

  const posterior = (data: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(at('meanOfData'), data), tf.mul(at('meanOfState'), x));
  const data = tf.sub(tf.mul(at('dataOfState'), x), tf.mul(at('dataOfNoise'), detach(predicted)));
  const [least, most] = [at('leastLogVariance'), at('mostLogVariance')];
  const share = tf.div(tf.add(interpolation, 1), 2);
  const logVariance = tf.add(tf.mul(share, most), tf.mul(tf.sub(1, share), least));
  const mean = posterior(data);
  const divergence = normalDivergence(posterior(target), least, mean, logVariance);
  const surprise = discretizedSurprise(tf.add(target, tf.zerosLike(mean)), mean, tf.mul(logVariance, 0.5));
  const isFirst = perContext(tf.cast(tf.equal(t, tf.zerosLike(t)), 'float32'));
  const nats = tf.add(tf.mul(isFirst, surprise), tf.mul(tf.sub(1, isFirst), divergence));
  const variational = tf.div(tf.mean(nats, -1), Math.LN2);
  return { mse, variational, total: tf.add(mse, variational) };
}

/** KL(N(mean1, e^log1) ‖ N(mean2, e^log2)) in nats, elementwise. */
function normalDivergence(mean1: tf.Tensor, log1: tf.Tensor, mean2: tf.Tensor, log2: tf.Tensor): tf.Tensor {
  const ratio = tf.sub(tf.exp(tf.sub(log1, log2)), 1);
  const distance = tf.mul(tf.squaredDifference(mean1, mean2), tf.exp(tf.neg(log2)));
  return tf.mul(tf.add(tf.add(ratio, tf.sub(log2, log1)), distance), 0.5);
}

/** Half the width of one of 255 equal bins of [−1, 1]. */
const HALF_BIN = 1 / 255;

/** −log probability of x's bin of 255 under N(mean, e^(2·logStd)), the outer bins open; in nats, elementwise. */
function discretizedSurprise(x: tf.Tensor, mean: tf.Tensor, logStd: tf.Tensor): tf.Tensor {
  const inverse = tf.exp(tf.neg(logStd));
  const centred = tf.sub(x, mean);
  const below = (edge: number): tf.Tensor => normalBelow(tf.mul(inverse, tf.add(centred, edge)));
  const [upper, lower] = [below(HALF_BIN), below(-HALF_BIN)];
  const log = (probability: tf.Tensor): tf.Tensor => tf.log(tf.maximum(probability, 1e-12));
  const inner = tf.where(tf.greater(x, 0.999), log(tf.sub(1, lower)), log(tf.sub(upper, lower)));
  return tf.neg(tf.where(tf.less(x, -0.999), log(upper), inner));
}

/** The approximation of the normal distribution function that the original uses. */
function normalBelow(x: tf.Tensor): tf.Tensor {
  const cubic = tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715));
  return tf.mul(tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1), 0.5);
}
