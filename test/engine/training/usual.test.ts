import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingTask } from '../../../src/engine/training/task.ts';
import { trainUsually } from '../../../src/engine/training/usual.ts';
import { temporaryFolder } from '../../teachers/capture/temporary-capture.ts';

const task: TrainingTask = {
  parameters: { p: { shape: [2], data: Float32Array.of(0, 5) } },
  batchSpecs: { x: { shape: [1] } },
  batch: (step) => ({ x: { shape: [1], data: Float32Array.of(1 + (step % 3)) } }),
  loss: (parameters, batch) => ({
    loss: tf.mean(tf.square(tf.mul(tf.sub(named(parameters, 'p'), 2), named(batch, 'x')))),
  }),
};

it('what is not said of a training is as recipes have it, with a tenth of a short one as its warm-up', async () => {
  const folder = await temporaryFolder();
  const asked = { steps: 30, learningRate: 0.05, engine: cpuEngine() };
  const usual = await trainUsually(task, { ...asked, checkpoint: join(folder, 'usual.safetensors') });
  const told = await train(task, {
    ...asked,
    ...{ warmup: 3, schedule: 'cosine', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0.999 },
    ...{ checkpoint: join(folder, 'told.safetensors'), checkpointEvery: 500, logEvery: 20 },
  });
  expect([usual.last, usual.average]).toEqual([told.last, told.average]);
});
