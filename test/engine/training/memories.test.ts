/** A network in several memories is trained as in one: the same log, the same checkpoints, in any change between them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { EngineError } from '../../../src/ground/errors.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
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
const most = 1088; // the largest tensor's 1056 numbers, and less than a bias more
const parameters: Parameters = Object.fromEntries(
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

const through = (weights: Readonly<Record<string, tf.Tensor>>, x: tf.Tensor, prefix: string): tf.Tensor => {
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
const task: TrainingTask = {
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

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-memories-'));
});
afterAll(() => rm(base, { recursive: true }));

/** Trains to a step; gives its log without times, and the SHA-256 of the checkpoint. */
async function trained(name: string, changes: Partial<TrainingOptions>) {
  const log: Omit<TrainingLog, 'secondsElapsed'>[] = [];
  const checkpoint = join(base, name);
  await train(task, {
    ...{ steps: 8, learningRate: 0.01, warmup: 0, schedule: 'constant', weightDecay: 0.1, clip: 0.1, ema: 0.9 },
    ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, checkpointEvery: 4, logEvery: 1, probeEvery: 2, checkpoint },
    engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
    onLog: ({ secondsElapsed: _, ...line }) => void log.push(line as TrainingLog),
    ...changes,
  });
  return { log, checkpoint: await sha256File(checkpoint) };
}

describe.each(['adamw', 'muon'] as const)('training over six memories by %s', (optimizer) => {
  it('gives the log and the checkpoint of one memory', async () => {
    expect(layoutOf(parameters, most).sizes).toHaveLength(6);
    const one = await trained(`one-${optimizer}`, { optimizer });
    expect(await trained(`six-${optimizer}`, { optimizer, mostOfMemory: most })).toEqual(one);
    expect(one.log).toHaveLength(8);
  });

  it('goes on at a checkpoint of one memory, and the other way round', async () => {
    const one = await trained(`whole-${optimizer}`, { optimizer });
    for (const [first, then] of [
      [{ mostOfMemory: most }, {}],
      [{}, { mostOfMemory: most }],
    ]) {
      const name = `${optimizer}-${first?.mostOfMemory}`;
      const { log } = await trained(name, { optimizer, steps: 4, ...first });
      const { log: rest, checkpoint } = await trained(name, { optimizer, ...then });
      expect([...log, ...rest].map(({ loss }) => loss)).toEqual(one.log.map(({ loss }) => loss));
      expect(checkpoint).toBe(one.checkpoint);
    }
  });
});

it('a tensor that no memory holds ends a training before it begins', async () => {
  const begun = trained('none', { mostOfMemory: 1040 });
  await expect(begun).rejects.toThrow(EngineError);
  await expect(begun).rejects.toThrow(
    'training: tensor beside/res_blocks.0.mlp.0.weight: expected at most 1040 numbers, which is what one memory holds, got 1056',
  );
});
