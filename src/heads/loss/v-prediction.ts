import * as tf from '@tensorflow/tfjs';
import { perContext } from '../flow.ts';
import type { LossBatch, Network } from './loss-inputs.ts';
import type { NoiseSchedule } from './noise-schedule.ts';

/**
 * The training loss of VibeVoice's diffusion head: v-prediction (arXiv 2202.00512), the mean over dimensions of
 * (v(x_t, t) − (√ᾱ·noise − √(1−ᾱ)·data))²; a loss a sample [B, K]. t [B] counts steps of the schedule, 0 is almost
 * clean.
 */
export function vPredictionLosses(
  network: Network,
  { target, noise, t }: LossBatch,
  schedule: Pick<NoiseSchedule, 'signal' | 'noise'>,
): tf.Tensor {
  const at = (table: Float32Array): tf.Tensor =>
    perContext(tf.gather(tf.tensor1d(table), tf.cast(t, 'int32') as tf.Tensor1D));
  const [signal, spread] = [at(schedule.signal), at(schedule.noise)];
  const x = tf.add(tf.mul(signal, target), tf.mul(spread, noise));
  const v = tf.sub(tf.mul(signal, noise), tf.mul(spread, target));
  return tf.mean(tf.squaredDifference(network(x, t), v), -1);
}
