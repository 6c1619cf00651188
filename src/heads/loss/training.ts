/** How a small head of a family is trained by its official loss. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Stream } from '../../ground/random/philox.ts';
import type { HeadConfig } from '../network/config.ts';
import { trainedSteps } from '../network/ddpm-process.ts';
import type { Loss } from './loss.ts';
import { diagonalShare, logWeightShapes } from './self-distillation.ts';
import { diagonalTerm, jumpTerm } from './weighed-terms.ts';

/** A training: its loss, and the times that it is drawn at. */
export interface HeadTraining {
  /** Times of B contexts by name, and what else changes in the course of a training (`progress` from 0 to 1). */
  readonly times: (random: Stream, contexts: number, progress: number) => Readonly<Record<string, Float32Array>>;
  /** The scalar that is descended, of parameters with `c`, and of a batch as losses have it. */
  readonly loss: (parameters: NamedTensors, config: HeadConfig, batch: NamedTensors) => tf.Tensor;
  /** Shapes of tensors that are trained along and not kept. */
  readonly along?: Loss['along'];
}

/** A distribution of B times. */
type Times = (random: Stream, contexts: number) => Float32Array;

/** The logistic function of N(mean, 1). */
export const logisticNormal =
  (mean: number): Times =>
  (random, contexts) =>
    random.normal(contexts).map((value) => 1 / (1 + Math.exp(-value - mean)));

/** Uniform between 0 and 1. */
export const uniform: Times = (random, contexts) => random.uniform(contexts);

/** Uniform over the steps of a DDPM process. */
export const uniformSteps: Times = (random, contexts) => Float32Array.from(random.integers(contexts, trainedSteps));

/** A loss of heads of one time, over a distribution of times. */
export const trainedBy = ({ values }: Loss, times: Times): HeadTraining => ({
  times: (random, contexts) => ({ t: times(random, contexts) }),
  loss: (parameters, config, batch) => values(parameters, config, batch).loss,
});

/** One context in so many also trains the jump, with the share that the diagonal leaves. */
const JUMP_CONTEXTS = 4;

/** The first of the contexts. */
const some = (tensor: tf.Tensor): tf.Tensor => tf.slice(tensor, 0, Math.ceil((tensor.shape[0] ?? 1) / JUMP_CONTEXTS));

/**
 * pocket-tts' self-distillation. From fresh weights the jump's target is noise, and training collapses: the term fades
 * in between a half and three quarters of the training. A jump of some contexts at each step has the mean of a jump of
 * all at some steps.
 */
export const selfDistilling: HeadTraining = {
  times: (random, contexts, progress) => {
    const time = logisticNormal(0.4);
    const [a, b] = [time(random, contexts), time(random, contexts)];
    return {
      jump: new Float32Array(contexts).fill(Math.min(1, Math.max(0, 4 * progress - 2))),
      t_diag: time(random, contexts),
      s: a.map((value, i) => Math.min(value, b[i] ?? value)),
      t: a.map((value, i) => Math.max(value, b[i] ?? value)),
    };
  },
  loss: (parameters, config, batch) => {
    const part = Object.fromEntries(['target', 'noise', 's', 't'].map((name) => [name, some(named(batch, name))]));
    const first = { ...parameters, c: some(named(parameters, 'c')) };
    const diagonal = diagonalTerm({ parameters, config, weighting: parameters }, batch);
    const jump = jumpTerm({ parameters: first, config, weighting: parameters }, part, false);
    const fading = tf.mul(tf.mean(jump.counted), tf.mean(named(batch, 'jump')));
    return tf.add(tf.mul(tf.mean(diagonal.counted), diagonalShare), tf.mul(fading, 1 - diagonalShare));
  },
  along: logWeightShapes,
};
