import * as tf from '@tensorflow/tfjs';
import { interpolate } from '../flow.ts';
import type { LossBatch, Network } from './loss-inputs.ts';

/**
 * Flow matching as NextStep-1 (arXiv 2508.10711) and CALM's flow head train: the mean over dimensions of
 * (v(x_t, t) − (data − noise))² with x_t = t·data + (1 − t)·noise; a loss a sample [B, K]. NextStep draws t as
 * sigmoid(N(0, 1)).
 */
export function flowMatchingLosses(network: Network, { target, noise, t }: LossBatch): tf.Tensor {
  const velocity = network(interpolate(noise, target, t), t);
  return tf.mean(tf.squaredDifference(velocity, tf.sub(target, noise)), -1);
}
