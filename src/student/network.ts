/**
 * A student: a head of the teacher's skeleton that predicts the mean velocity u(x, s, t) between two times. Its added
 * inputs (t − s, the guidance scale, the unconditional hidden state) start at zero weight, so at s = t and w = 1 a
 * student made from a teacher is that teacher's conditional velocity.
 */
import * as tf from '@tensorflow/tfjs';
import { type Context, drift, type Jump } from '../flow.ts';
import type { NamedTensors } from '../graph/program.ts';
import { type HeadConfig, headShapes } from '../head/config.ts';
import { timeFrequencies } from '../head/frequencies.ts';
import { initialHead, initialParameters, zeros } from '../head/initial.ts';
import { linear } from '../head/layers.ts';
import { applyHead, embedContext, modulations } from '../head/skeleton.ts';
import { scalarEmbedding } from '../head/time-embedding.ts';
import type { Parameters } from '../host-tensor.ts';

/** Names of the tensors that a student has beside the head's own; the paired output layers start at zero. */
export const addedNames = {
  duration: 'duration_embed',
  guidance: 'guidance_embed',
  unconditional: 'uncond_embed',
} as const;

/** The mean velocity from s [B] to t [B] at x [B, K, D]; [B, K, D]. At s = t it is the velocity. */
export type MeanVelocity = (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** All tensors of a student, with their shapes. */
export const studentShapes = (config: HeadConfig): Record<string, number[]> => ({
  ...headShapes(config),
  ...addedShapes(config),
});

/** A student that starts as the teacher's head. */
export function studentFromTeacher(head: Parameters, config: HeadConfig, seed: number): Parameters {
  const own = Object.fromEntries(Object.keys(headShapes(config)).map((name) => [name, head[name] ?? zeros([0])]));
  return { ...own, ...addedParameters(config, seed) };
}

/** A student that starts from nothing, for teachers that are no network. */
export const studentFromScratch = (config: HeadConfig, seed: number): Parameters => ({
  ...initialHead(config, seed),
  ...addedParameters(config, seed),
});

/** The student's mean velocity under a context. */
export function meanVelocity(parameters: NamedTensors, config: HeadConfig, context: Context): MeanVelocity {
  const told = tf.add(
    linear(parameters, addedNames.unconditional, context.unconditional),
    scalarEmbedding(parameters, addedNames.guidance, tf.mul(tf.sub(context.w, 1), guidanceScale)),
  );
  return (x, s, t) => {
    const duration = scalarEmbedding(parameters, addedNames.duration, tf.mul(tf.sub(t, s), config.timeScale));
    const y = tf.addN([embedContext(parameters, config, s, context.conditional), duration, told]);
    return applyHead(parameters, x, modulations(parameters, config, y));
  };
}

/** X_{s,t}(x) = x + (t − s)·u(x, s, t). */
export const jumpOf =
  (u: MeanVelocity): Jump =>
  (x, s, t) =>
    drift(x, u(x, s, t), tf.sub(t, s));

/** Guidance scales are a few units wide; the embedding's wavelengths start at 2π. */
const guidanceScale = 10;

const addedShapes = ({ width, condition }: HeadConfig): Record<string, number[]> => ({
  ...embeddingShapes(addedNames.duration, width),
  ...embeddingShapes(addedNames.guidance, width),
  [`${addedNames.unconditional}.weight`]: [width, condition],
  [`${addedNames.unconditional}.bias`]: [width],
});

const embeddingShapes = (name: string, width: number): Record<string, number[]> => ({
  [`${name}.mlp.0.weight`]: [width, 2 * timeFrequencies],
  [`${name}.mlp.0.bias`]: [width],
  [`${name}.mlp.2.weight`]: [width, width],
  [`${name}.mlp.2.bias`]: [width],
});

function addedParameters(config: HeadConfig, seed: number): Parameters {
  const fresh = initialParameters(addedShapes(config), seed);
  const silent = (name: string): boolean => name.includes('.mlp.2.') || name.startsWith(addedNames.unconditional);
  return Object.fromEntries(
    Object.entries(fresh).map(([name, tensor]) => [name, silent(name) ? zeros(tensor.shape) : tensor]),
  );
}
