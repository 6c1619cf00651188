/** What each family is trained with: its official loss, and how it draws times. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import type { Stream } from '../../ground/random/philox.ts';
import type { FamilyName } from '../../heads/family/family.ts';
import { detach } from '../../heads/loss/detach.ts';
import { flowMatchingLosses } from '../../heads/loss/flow-matching.ts';
import type { LossBatch, Network, TwoTimeNetwork } from '../../heads/loss/loss-inputs.ts';
import { marLosses } from '../../heads/loss/mar.ts';
import { noiseSchedule } from '../../heads/loss/noise-schedule.ts';
import {
  diagonalLosses,
  diagonalShare,
  jumpLosses,
  logWeight,
  logWeightShapes,
  weighed,
} from '../../heads/loss/self-distillation.ts';
import { vPredictionLosses } from '../../heads/loss/v-prediction.ts';
import { headOutput } from '../../heads/network/architecture.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { cosineBetas } from '../../heads/network/ddpm-process.ts';
import { initialParameters } from '../../heads/network/initial.ts';

/** A training loss over a batch: `target` [B, 1, D], `noise` [B, K, D], `c` [B, H] and the times [B] by name. */
export interface Objective {
  /** Times of B contexts by name, and what else changes in the course of a training (`progress` from 0 to 1). */
  readonly times: (random: Stream, contexts: number, progress: number) => Readonly<Record<string, Float32Array>>;
  readonly loss: (parameters: NamedTensors, config: HeadConfig, batch: NamedTensors) => tf.Tensor;
  /** Tensors that are trained along and not kept. */
  readonly along?: (seed: number) => Parameters;
}

const trainedSteps = 1000;
const logistic = (mean: number) => (value: number) => 1 / (1 + Math.exp(-value - mean));

const network =
  (parameters: NamedTensors, config: HeadConfig, batch: NamedTensors): Network =>
  (x, t) =>
    headOutput(parameters, config, x, { t }, named(batch, 'c'));

/** A loss of one-time heads over draws of times named t. */
const oneTime = (
  times: (random: Stream, contexts: number) => Float32Array,
  losses: (network: Network, batch: LossBatch) => tf.Tensor,
): Objective => ({
  times: (random, contexts) => ({ t: times(random, contexts) }),
  loss: (parameters, config, batch) => {
    const [target, noise, t] = [named(batch, 'target'), named(batch, 'noise'), named(batch, 't')];
    return tf.mean(losses(network(parameters, config, batch), { target, noise, t }));
  },
});

const indices = (random: Stream, contexts: number): Float32Array =>
  Float32Array.from(random.integers(contexts, trainedSteps));

/** One context in so many also trains the jump, with the share that the diagonal leaves. */
const JUMP_CONTEXTS = 4;

/**
 * pocket-tts' self-distillation. From fresh weights the jump's target is noise, and training collapses: the term fades
 * in between a half and three quarters of the training.
 */
const selfDistillation: Objective = {
  times: (random, contexts, progress) => {
    const time = logistic(0.4);
    const [a, b] = [random.normal(contexts).map(time), random.normal(contexts).map(time)];
    return {
      jump: new Float32Array(contexts).fill(Math.min(1, Math.max(0, 4 * progress - 2))),
      diagonal: random.normal(contexts).map(time),
      s: a.map((value, i) => Math.min(value, b[i] ?? value)),
      t: a.map((value, i) => Math.max(value, b[i] ?? value)),
    };
  },
  loss: (parameters, config, batch) => {
    const under =
      (own: NamedTensors, c: tf.Tensor): TwoTimeNetwork =>
      (x, s, t) =>
        headOutput(own, config, x, { s, t }, c);
    const [target, noise, c] = [named(batch, 'target'), named(batch, 'noise'), named(batch, 'c')];
    const time = named(batch, 'diagonal');
    const diagonal = diagonalLosses(under(parameters, c), { target, noise }, time);
    const still = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, detach(tensor)]));
    const some = (tensor: tf.Tensor): tf.Tensor =>
      tf.slice(tensor, 0, Math.ceil((tensor.shape[0] ?? 1) / JUMP_CONTEXTS)); // the mean is that of jumps now and then
    const [s, t] = [some(named(batch, 's')), some(named(batch, 't'))];
    const ends = { target: some(target), noise: some(noise) };
    const jump = jumpLosses(under(parameters, some(c)), under(still, some(c)), ends, { s, t });
    const diagonalWeighed = tf.mean(weighed(diagonal, logWeight(parameters, time, time), config.token));
    const jumpWeighed = tf.mean(weighed(jump, logWeight(parameters, s, t), config.token));
    return tf.add(
      tf.mul(diagonalWeighed, diagonalShare),
      tf.mul(tf.mul(jumpWeighed, tf.mean(named(batch, 'jump'))), 1 - diagonalShare),
    );
  },
  along: (seed) => initialParameters(logWeightShapes, seed),
};

const schedule = noiseSchedule(cosineBetas(trainedSteps));

/** The official training of each family; how CALM and VibeVoice draw times is not public: uniformly here. */
export const objectives: Readonly<Record<FamilyName, Objective>> = {
  nextstep: oneTime((random, contexts) => random.normal(contexts).map(logistic(0)), flowMatchingLosses),
  mar: oneTime(indices, (own, batch) => marLosses(own, batch, schedule).total),
  'pocket-tts': selfDistillation,
  vibevoice: oneTime(indices, (own, batch) => vPredictionLosses(own, batch, schedule)),
  'calm-flow': oneTime((random, contexts) => random.uniform(contexts), flowMatchingLosses),
};
