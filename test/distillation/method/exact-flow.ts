import * as tf from '@tensorflow/tfjs';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { perContext } from '../../../src/heads/flow.ts';

/** The data of the exact flow: N(mean, std²·I) in three dimensions. */
const mean = [0.5, -1, 2];
const std = 0.5;

/** σ_t = √((1 − t)² + std²·t²), the spread of the states at t. */
const spread = (t: number): number => Math.hypot(1 - t, std * t);

/** The exact map from noise: x_t = t·mean + σ_t·x_0, in ordinary numbers. */
const stateAt = (noise: Float32Array, t: number): Float32Array =>
  noise.map((value, i) => t * (mean[i % mean.length] ?? 0) + spread(t) * value);

/**
 * The exact mean velocity (X_{s,t}(x) − x)/(t − s) with X_{s,t}(x) = t·mean + (σ_t/σ_s)(x − s·mean); at s = t the
 * velocity mean + ((t·std² − (1 − t))/σ_t²)(x − t·mean).
 */
export const exactMeanVelocity: MeanVelocity = (x, s, t) => {
  const [from, to] = [s.dataSync(), t.dataSync()];
  const slope = Array.from(from, (a, b) => {
    const [sigma, target] = [spread(a), spread(to[b] ?? 0)];
    const duration = (to[b] ?? 0) - a;
    return duration === 0 ? (a * std ** 2 - (1 - a)) / sigma ** 2 : (target / sigma - 1) / duration;
  });
  const centre = tf.tensor(mean);
  const rest = tf.sub(x, tf.mul(perContext(s), centre));
  return tf.add(tf.mul(perContext(tf.tensor(slope)), rest), centre);
};

/** Exact paths of four contexts, two draws each, on a grid of eight intervals. */
export function exactPaths(): CachedBatch {
  const grid = Float32Array.from({ length: 9 }, (_, g) => g / 8);
  const noise = Array.from({ length: 4 }, (_, b) => stream('exact', b).normal(6));
  return {
    contexts: 4,
    draws: 2,
    token: 3,
    grid,
    state: (b, g) => stateAt(noise[b] ?? new Float32Array(6), grid[g] ?? 0),
  };
}
