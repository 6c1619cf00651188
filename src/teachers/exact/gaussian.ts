import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { stream } from '../../ground/random/philox.ts';
import { type Context, guide, perContext, type Velocity } from '../../heads/flow.ts';
import type { Teacher } from '../teacher.ts';
import { randomContexts } from './random-contexts.ts';

/** Sizes and spreads of the exact Gaussian teacher. */
export interface GaussianOptions {
  readonly token: number;
  readonly condition: number;
  /** Standard deviation c of the conditional data. */
  readonly std: number;
  /** Standard deviation C of the unconditional data. */
  readonly unconditionalStd: number;
}

/**
 * A teacher whose flow is known exactly: data N(μ(h), c²·I) with μ(h) = h·M given the prompt, N(0, C²·I) without. The
 * endpoint from noise x0 under guidance w is c^w·C^(1−w)·x0 + B(w)·μ.
 */
export function gaussianTeacher(options: GaussianOptions): Teacher {
  const { token, condition, std, unconditionalStd } = options;
  const weight = stream('gaussian-teacher', token, condition)
    .normal(condition * token)
    .map((value) => value / Math.sqrt(condition));
  return {
    name: 'gaussian',
    hash: createHash('sha256')
      .update(JSON.stringify(['gaussian', 1, token, condition, std, unconditionalStd]))
      .digest('hex'),
    token,
    condition,
    parameters: { mean_weight: { shape: [condition, token], data: weight } },
    velocity: (parameters, context) => gaussianVelocity(parameters, context, std, unconditionalStd),
    contexts: async (request) => randomContexts(request, condition),
    dispose: async () => {},
  };
}

function gaussianVelocity(
  parameters: NamedTensors,
  { conditional, w }: Context,
  std: number,
  unconditionalStd: number,
): Velocity {
  const product = tf.matMul(conditional as tf.Tensor2D, named(parameters, 'mean_weight') as tf.Tensor2D);
  const mean = tf.expandDims(product, 1); // [B, 1, D]
  const nowhere = tf.zerosLike(mean);
  return (x, t) => guide(towards(x, t, mean, std), towards(x, t, nowhere, unconditionalStd), w);
}

/** v = μ + ((t·c² − (1−t))/σ_t²)·(x − t·μ) with σ_t² = (1−t)² + c²·t²: the velocity towards N(μ, c²·I). */
export function towards(x: tf.Tensor, t: tf.Tensor, mean: tf.Tensor, std: number): tf.Tensor {
  const rest = tf.sub(1, t);
  const variance = tf.add(tf.square(rest), tf.mul(tf.square(t), std * std));
  const slope = tf.div(tf.sub(tf.mul(t, std * std), rest), variance);
  return tf.add(mean, tf.mul(perContext(slope), tf.sub(x, tf.mul(perContext(t), mean))));
}
