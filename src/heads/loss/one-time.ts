import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from '../network/config.ts';
import { cosineBetas, trainedSteps } from '../network/ddpm-process.ts';
import { headOutput } from '../network/output.ts';
import { flowMatchingLosses } from './flow-matching.ts';
import type { Loss, TimeUnit } from './loss.ts';
import type { LossBatch, Network } from './loss-inputs.ts';
import { marLosses } from './mar.ts';
import { maskedMean } from './masked-mean.ts';
import { noiseSchedule } from './noise-schedule.ts';
import { vPredictionLosses } from './v-prediction.ts';

/** Losses [B, K] by the last part of their outputs' names; the mean of `per_sample` is descended. */
type Losses = (
  network: Network,
  batch: LossBatch,
) => { readonly per_sample: tf.Tensor; readonly [name: string]: tf.Tensor };

interface OneTimeOptions {
  readonly epsilon?: number;
  readonly summed?: boolean;
}

/** A loss of heads of one time, its sum over rows beside the mean where its system descends that; a masked mean divides by the mask's sum and `epsilon`. */
const oneTime = (unit: TimeUnit, losses: Losses, { epsilon = 0, summed = false }: OneTimeOptions = {}): Loss => ({
  gradient: 'grad',
  times: { t: unit },
  values: (parameters, config, batch) => {
    const all = losses(networkOf(parameters, config), batchOf(batch));
    const mean = tf.mean(all.per_sample);
    const { mask } = batch;
    const each = Object.entries(all).map(([name, values]) => [`loss.${name}`, values] as const);
    return {
      loss: mean,
      'loss.mean': mean,
      ...(summed && { 'loss.sum': tf.sum(tf.mean(all.per_sample, 1)) }),
      ...Object.fromEntries(each),
      ...(mask && { 'loss.masked': maskedMean(all.per_sample, mask, epsilon) }),
    };
  },
});

const networkOf =
  (parameters: NamedTensors, config: HeadConfig): Network =>
  (x, t) =>
    headOutput(parameters, config, x, { t }, named(parameters, 'c'));

const batchOf = (batch: NamedTensors): LossBatch => ({
  target: named(batch, 'target'),
  noise: named(batch, 'noise'),
  t: named(batch, 't'),
});

const schedule = noiseSchedule(cosineBetas(trainedSteps));

/** Flow matching. NextStep-1's masked mean has an ε of 1e-8. */
export const flowMatching = (epsilon = 0): Loss =>
  oneTime('unit', (network, batch) => ({ per_sample: flowMatchingLosses(network, batch) }), { epsilon });

/** VibeVoice's v-prediction: the sum over tokens is the model's own, the mean that of its fine-tuning. */
export const vPrediction = oneTime(
  'step',
  (network, batch) => ({ per_sample: vPredictionLosses(network, batch, schedule) }),
  { summed: true },
);

/** MAR's whole loss, by its two terms. */
export const marLoss = oneTime('step', (network, batch) => {
  const { mse, variational, total } = marLosses(network, batch, schedule);
  return { per_sample: total, mse, vb: variational, total };
});

/** The noise's squared error alone, whose gradients MAR's readers may want apart. */
export const marNoiseLoss: Loss = {
  gradient: 'grad_mse',
  times: { t: 'step' },
  values: (parameters, config, batch) => ({
    loss: tf.mean(marLosses(networkOf(parameters, config), batchOf(batch), schedule).mse),
  }),
};
