/** Derivatives of a student along a path, for methods in continuous time. */
import * as tf from '@tensorflow/tfjs';
import { derivative } from '../../engine/graph/gradient.ts';
import { perContext } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { MeanVelocity } from '../student/network.ts';

/**
 * u(x, s, t) and its total derivative in s along the teacher's path at a fixed t: ∂_s u + ∇_x u·v, exact (double vjp).
 * x and slope v [B, K, D], s and t [B].
 */
export function alongPath(
  u: MeanVelocity,
  { x, s, t }: { readonly x: tf.Tensor; readonly s: tf.Tensor; readonly t: tf.Tensor },
  slope: tf.Tensor,
): { readonly value: tf.Tensor; readonly change: tf.Tensor } {
  const moved = (by: tf.Tensor): tf.Tensor => u(tf.add(x, tf.mul(perContext(by), slope)), tf.add(s, by), t);
  const { value, tangent } = derivative(moved, tf.zerosLike(s), tf.onesLike(s));
  return { value, change: tangent };
}

/** The Euclidean norm of each draw's tangent [B, K, 1]. */
export const norms = (tangent: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(tangent), -1, true));

/** How much of the derivative is in at a progress of training: it rises from 0 to 1 over a share of it; [1]. */
export function rampAt(progress: number, warmup: number): ReturnType<typeof zeros> {
  const ramp = zeros([1]);
  ramp.data[0] = warmup > 0 ? Math.min(1, progress / warmup) : 1;
  return ramp;
}
