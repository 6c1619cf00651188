/** A small training that has all that a training may have: weights learnt in turns, their average in use, a probe. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../../src/engine/graph/named.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { type Parameters, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';

/** Two layers and a bias, and the same again that learns in turns of its own. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'res_blocks.0.mlp.0.weight': [33, 32],
  'res_blocks.0.mlp.0.bias': [33],
  'res_blocks.0.mlp.2.weight': [32, 33],
  'beside/res_blocks.0.mlp.0.weight': [33, 32],
  'beside/res_blocks.0.mlp.0.bias': [33],
  'beside/res_blocks.0.mlp.2.weight': [32, 33],
};
export const parameters: Parameters = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [
    name,
    {
      shape,
      data: stream('start', name)
        .normal(sizeOf(shape))
        .map((value) => value / 6),
    },
  ]),
);

/** What a network of these makes of rows. */
export const through = (weights: Readonly<Record<string, tf.Tensor>>, x: tf.Tensor, prefix: string): tf.Tensor => {
  const of = (name: string): tf.Tensor => named(weights, `${prefix}res_blocks.0.mlp.${name}`);
  const hidden = tf.tanh(tf.add(tf.matMul(x, of('0.weight'), false, true), of('0.bias')));
  return tf.matMul(hidden, of('2.weight'), false, true);
};
const error =
  (prefix: string): TrainingTask['loss'] =>
  (weights, batch) => {
    const x = named(batch, 'x');
    return { loss: tf.mean(tf.squaredDifference(through(weights, x, prefix), tf.sin(x))) };
  };
/** Learns a sine; the second network learns it in every other step. */
export const inTurns: TrainingTask = {
  parameters,
  averaged: true,
  batchSpecs: { x: { shape: [8, 32] } },
  batch: (step) => ({ x: { shape: [8, 32], data: stream('x', step).normal(256) } }),
  loss: error(''),
  beside: { updates: 1, owns: (name) => name.startsWith('beside/'), loss: error('beside/') },
  probe: {
    batchSpecs: { x: { shape: [8, 32] } },
    batch: async () => ({ tensors: { x: { shape: [8, 32], data: stream('probe').normal(256) } }, scale: 1 }),
    error: (weights, batch) => error('')(weights, batch, {}).loss,
  },
};

/** Learns half a sine and half what the average of its weights says. */
export const towardsAverage: TrainingTask = {
  ...{ parameters, averaged: true, batchSpecs: inTurns.batchSpecs, batch: inTurns.batch },
  targets: (_, batch, average) => {
    const x = named(batch, 'x');
    return { y: tf.div(tf.add(tf.sin(x), through(average, x, '')), 2) };
  },
  loss: (weights, batch, targets) => {
    const found = through(weights, named(batch, 'x'), '');
    return { loss: tf.mean(tf.squaredDifference(found, named(targets, 'y'))) };
  },
};

/** How the networks are trained unless a test says otherwise. */
export const usual: Omit<TrainingOptions, 'checkpoint' | 'precision'> = {
  ...{ steps: 8, learningRate: 0.01, warmup: 0, schedule: 'constant', weightDecay: 0.1, clip: 0.1, ema: 0.9 },
  ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, checkpointEvery: 4, logEvery: 1, probeEvery: 2 },
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
};

/** Trains to a step; gives its log without times, and the averaged weights. */
export async function trainedTo(checkpoint: string, changes: Partial<TrainingOptions>, task: TrainingTask = inTurns) {
  const log: TrainingLog[] = [];
  const { average } = await train(task, {
    ...usual,
    checkpoint,
    onLog: ({ secondsElapsed: _, ...line }) => void log.push({ ...line, secondsElapsed: 0 } as TrainingLog),
    ...changes,
  });
  return { log, average };
}
