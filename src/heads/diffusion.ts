/**
 * The exact change of variables between a DDPM teacher and the straight-line flow of `flow.ts`.
 *
 * A DDPM state is z = α·data + σ·noise with α² + σ² = 1, so x = z/(α + σ) lies on the straight path at t = α/(α + σ).
 * Where a network predicts the noise ε, the flow's velocity is (x − ε)/t; where it predicts v = α·noise − σ·data, it is
 * (α² − σ²)·x − (α + σ)·v. Both are affine in the prediction, so guiding predictions is guiding velocities.
 *
 * Times between the trained ones are read at a fractional index: that whose log-ratio λ = log(α/σ) is interpolated
 * linearly. Beyond the ends the nearest index is read: noisier than it the predicted data is kept, so that v =
 * (data − x)/(1 − t); cleaner than it the predicted noise falls to zero with 1 − t, so that v = x at t = 1, as is exact.
 */
import * as tf from '@tensorflow/tfjs';
import { perContext } from './flow.ts';
import type { HeadConfig } from './network/config.ts';
import { alphaBarsOf, cosineBetas, linearBetas, trainedSteps } from './network/ddpm-process.ts';
import type { Prediction } from './network/network-config.ts';

/** λ = log(α/σ) at each trained index, falling; float64. */
export const logRatios = (betas?: HeadConfig['betas']): Float64Array =>
  alphaBarsOf((betas === 'linear' ? linearBetas : cosineBetas)(trainedSteps)).map(
    (signal) => 0.5 * Math.log(signal / (1 - signal)),
  );

/** The flow's time of a log-ratio: α/(α + σ). */
export const timeOfRatio = (ratio: number): number => 1 / (1 + Math.exp(-ratio));

/** How a network is asked for the velocity at a time of the flow. */
export interface Reading {
  /** The network's x [B, K, D]. */
  readonly x: tf.Tensor;
  /** The network's own time [B]. */
  readonly t: tf.Tensor;
  /** The flow's velocity [B, K, D] of the network's output [B, K, output]. */
  readonly velocity: (output: tf.Tensor) => tf.Tensor;
}

type Reader = (config: HeadConfig, x: tf.Tensor, t: tf.Tensor) => Reading;

/** The velocity at a time t [B, 1, 1] within the trained ones; α + σ is 1/norm. */
type Conversion = (x: tf.Tensor, prediction: tf.Tensor, t: tf.Tensor, norm: tf.Tensor) => tf.Tensor;

const ddpm =
  (convert: Conversion): Reader =>
  ({ token, betas, startIndex = trainedSteps - 1 }, x, time) => {
    const ratios = logRatios(betas);
    const inside = tf.clipByValue(time, timeOfRatio(ratios[startIndex] ?? 0), timeOfRatio(ratios[0] ?? 0));
    const [t, clipped] = [perContext(time), perContext(inside)];
    const norm = tf.sqrt(tf.add(tf.square(clipped), tf.square(tf.sub(1, clipped))));
    return {
      x: tf.div(x, norm),
      t: indexOfTime(inside, ratios),
      velocity: (output) => beyondEnds(x, convert(x, firstPart(output, token), clipped, norm), t, clipped),
    };
  };

/** The velocity at t from that at the nearest trained time: v itself wherever the two are the same. */
function beyondEnds(x: tf.Tensor, v: tf.Tensor, t: tf.Tensor, nearest: tf.Tensor): tf.Tensor {
  const rest = tf.sub(1, nearest);
  const [later, earlier] = [tf.maximum(t, nearest), tf.minimum(t, nearest)];
  const share = tf.div(tf.sub(1, later), rest); // of the noise that is left, 1 before the last trained time
  const kept = tf.add(tf.mul(x, tf.sub(1, share)), tf.mul(v, tf.mul(share, nearest))); // x − share·(x − nearest·v)
  return tf.mul(tf.div(kept, later), tf.div(rest, tf.sub(1, earlier)));
}

/** The velocity at x and a time of the flow [B, 1, 1] of what a network of the flow predicts. */
type Straight = (x: tf.Tensor, prediction: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** The times that noise or data are read at: nearer to the ends their errors would be divided by nothing. */
const [earliest, latest] = [0.01, 0.99];

const straight =
  (convert: Straight): Reader =>
  ({ token, reversedTime }, x, time) => ({
    x,
    t: reversedTime ? tf.sub(1, time) : time,
    velocity: (output) => convert(x, firstPart(output, token), perContext(time)),
  });

const readers: Readonly<Record<Prediction, Reader>> = {
  velocity: straight((_, velocity) => velocity),
  'negative-velocity': straight((_, velocity) => tf.neg(velocity)),
  noise: straight((x, noise, t) => tf.div(tf.sub(x, noise), tf.maximum(t, earliest))),
  data: straight((x, data, t) => tf.div(tf.sub(data, x), tf.sub(1, tf.minimum(t, latest)))),
  'ddpm-noise': ddpm((x, noise, t) => tf.div(tf.sub(x, noise), t)),
  'ddpm-data': ddpm((x, data, t) => tf.div(tf.sub(data, x), tf.sub(1, t))),
  // α² − σ² = (2t − 1)/norm²
  'ddpm-velocity': ddpm((x, v, t, norm) =>
    tf.sub(tf.mul(x, tf.div(tf.sub(tf.mul(t, 2), 1), tf.square(norm))), tf.div(v, norm)),
  ),
};

/** How a head is read at x [B, K, D] and time t [B] of the flow. */
export const reading: Reader = (config, x, t) => readers[config.prediction ?? 'velocity'](config, x, t);

/** What is predicted of the token, without the variances that may stand behind it. */
const firstPart = (output: tf.Tensor, token: number): tf.Tensor =>
  output.shape[2] === token ? output : tf.slice(output, [0, 0, 0], [-1, -1, token]);

/** The fractional index of times within the trained ones: Σ_j clip((λ_j − λ)/(λ_j − λ_{j+1}), 0, 1). t [B]. */
function indexOfTime(t: tf.Tensor, ratios: Float64Array): tf.Tensor {
  const gaps = ratios.length - 1;
  const from = Float32Array.from(ratios.subarray(0, gaps));
  const slopes = Float32Array.from({ length: gaps }, (_, j) => 1 / ((ratios[j] ?? 0) - (ratios[j + 1] ?? 0)));
  const ratio = tf.reshape(tf.log(tf.div(t, tf.sub(1, t))), [-1, 1]);
  const passed = tf.mul(tf.sub(tf.tensor(from, [1, gaps]), ratio), tf.tensor(slopes, [1, gaps]));
  return tf.sum(tf.clipByValue(passed, 0, 1), 1);
}
