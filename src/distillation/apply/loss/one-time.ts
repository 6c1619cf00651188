import * as tf from '@tensorflow/tfjs';
import { named } from '../../../engine/graph/named.ts';
import type { NamedTensors } from '../../../engine/graph/program.ts';
import { flowMatchingLosses } from '../../../heads/loss/flow-matching.ts';
import type { LossBatch, Network } from '../../../heads/loss/loss-inputs.ts';
import { marLosses } from '../../../heads/loss/mar.ts';
import { maskedMean } from '../../../heads/loss/masked-mean.ts';
import { noiseSchedule } from '../../../heads/loss/noise-schedule.ts';
import { vPredictionLosses } from '../../../heads/loss/v-prediction.ts';
import { headOutput } from '../../../heads/network/architecture.ts';
import { cosineBetas } from '../../../heads/network/ddpm-process.ts';
import type { LossObjective, TimeUnit } from './objective.ts';

/** Steps of the processes that MAR and VibeVoice are trained on. */
export const trainedSteps = 1000;

/** Losses [B, 1] by the last part of their outputs' names; the mean of `per_sample` is descended. */
type Losses = (
  network: Network,
  batch: LossBatch,
) => { readonly per_sample: tf.Tensor; readonly [name: string]: tf.Tensor };

/** A loss of heads of one time; NextStep's masked mean divides by the mask's sum and 1e-8. */
const oneTime = (unit: TimeUnit, losses: Losses, epsilon = 0): LossObjective => ({
  gradient: 'grad',
  times: { t: unit },
  values: (parameters, config, batch) => {
    const all = losses(networkOf(parameters, config), batchOf(batch));
    const mean = tf.mean(all.per_sample);
    const { mask } = batch;
    const flat = Object.entries(all).map(([name, each]) => [`loss.${name}`, tf.squeeze(each, [1])] as const);
    return {
      loss: mean,
      'loss.mean': mean,
      ...Object.fromEntries(flat),
      ...(mask && { 'loss.masked': maskedMean(all.per_sample, mask, epsilon) }),
    };
  },
});

const networkOf =
  (parameters: NamedTensors, config: Parameters<LossObjective['values']>[1]): Network =>
  (x, t) =>
    headOutput(parameters, config, x, { t }, named(parameters, 'c'));

const batchOf = (batch: NamedTensors): LossBatch => ({
  target: named(batch, 'target'),
  noise: named(batch, 'noise'),
  t: named(batch, 't'),
});

const schedule = noiseSchedule(cosineBetas(trainedSteps));

/** NextStep-1's flow matching. */
export const nextstepLoss = oneTime(
  'unit',
  (network, batch) => ({ per_sample: flowMatchingLosses(network, batch) }),
  1e-8,
);

/** CALM's flow matching. */
export const calmLoss = oneTime('unit', (network, batch) => ({ per_sample: flowMatchingLosses(network, batch) }));

/** VibeVoice's v-prediction. */
export const vibevoiceLoss = oneTime('step', (network, batch) => ({
  per_sample: vPredictionLosses(network, batch, schedule),
}));

/** MAR's whole loss, by its two terms. */
export const marLoss = oneTime('step', (network, batch) => {
  const { mse, variational, total } = marLosses(network, batch, schedule);
  return { per_sample: total, mse, vb: variational, total };
});

/** The noise's squared error alone, whose gradients MAR's readers may want apart. */
export const marNoiseLoss: LossObjective = {
  gradient: 'grad_mse',
  times: { t: 'step' },
  values: (parameters, config, batch) => ({
    loss: tf.mean(marLosses(networkOf(parameters, config), batchOf(batch), schedule).mse),
  }),
};
