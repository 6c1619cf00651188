import * as tf from '@tensorflow/tfjs';
import { derivative } from '../../engine/graph/gradient.ts';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { drift, interpolate, perContext } from '../flow.ts';
import { detach } from './detach.ts';
import type { TwoTimeNetwork } from './loss-inputs.ts';

/** Data [B, 1 or K, D] and noise [B, K, D] that the self-distillation compares. */
export interface PathEnds {
  readonly target: tf.Tensor;
  readonly noise: tf.Tensor;
}

/** Share of the diagonal term; the jump's is what is left, computed at one step in four in training. */
export const diagonalShare = 0.75;

/**
 * The diagonal term of Lagrangian self-distillation (arXiv 2505.18825) as pocket-tts trains: the squared error of the
 * velocity u(t, t, x_t), summed over dimensions; [B, K]. pocket-tts draws t as sigmoid(N(0.4, 1)).
 */
export function diagonalLosses(network: TwoTimeNetwork, { target, noise }: PathEnds, t: tf.Tensor): tf.Tensor {
  const velocity = network(interpolate(noise, target, t), t, t);
  return tf.sum(tf.squaredDifference(velocity, tf.sub(target, noise)), -1);
}

/**
 * The jump term: ‖∂_t X_{s,t} − u(t, t, X_{s,t})‖² with X_{s,t} = x_s + (t − s)·u(s, t, x_s), summed over dimensions;
 * [B, K]. `still` is the same network without gradients of its weights and conditions; a gradient flows through the
 * point that it is evaluated at, unless `detached` (the classic form).
 */
export function jumpLosses(
  network: TwoTimeNetwork,
  still: TwoTimeNetwork,
  { target, noise }: PathEnds,
  { s, t, detached = false }: { readonly s: tf.Tensor; readonly t: tf.Tensor; readonly detached?: boolean },
): tf.Tensor {
  const from = interpolate(noise, target, s);
  const average = derivative((time) => network(from, s, time), t, tf.onesLike(t));
  const duration = tf.sub(t, s);
  const landing = drift(from, average.value, duration);
  const slope = tf.add(average.value, tf.mul(perContext(duration), average.tangent)); // ∂_t X_{s,t}
  const velocity = still(detached ? detach(landing) : landing, t, t);
  return tf.sum(tf.squaredDifference(slope, detached ? detach(velocity) : velocity), -1);
}

/** The tensors of the learned log-weight, and their shapes. */
export const logWeightShapes = {
  'w_s_t.0.weight': [32, 2],
  'w_s_t.0.bias': [32],
  'w_s_t.2.weight': [32, 32],
  'w_s_t.2.bias': [32],
  'w_s_t.4.weight': [32, 32],
  'w_s_t.4.bias': [32],
  'w_s_t.6.weight': [1, 32],
  'w_s_t.6.bias': [1],
};

/** The learned log-weight w(s, t) [B] of a pair of times: an MLP 2–32–32–32–1 with ReLU, names `w_s_t.{0,2,4,6}`. */
export function logWeight(parameters: NamedTensors, s: tf.Tensor, t: tf.Tensor): tf.Tensor {
  let features: tf.Tensor = tf.stack([s, t], 1); // [B, 2]
  for (const layer of [0, 2, 4, 6]) {
    const weight = named(parameters, `w_s_t.${layer}.weight`) as tf.Tensor2D;
    const product = tf.matMul(features as tf.Tensor2D, weight, false, true);
    features = tf.add(product, named(parameters, `w_s_t.${layer}.bias`));
    if (layer < 6) features = tf.relu(features);
  }
  return tf.reshape(features, [-1]);
}

/** loss·e^w/D − w: what a term [B, K] of D dimensions counts under the learned log-weight w [B]. */
export const weighed = (losses: tf.Tensor, w: tf.Tensor, dimensions: number): tf.Tensor => {
  const each = tf.expandDims(w, 1);
  return tf.sub(tf.div(tf.mul(losses, tf.exp(each)), dimensions), each);
};
