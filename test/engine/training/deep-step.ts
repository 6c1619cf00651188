/** Trains a deep network for a step: `tsx deep-step.ts checkpoint recompute`; prints the most memory that it took, in KiB. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { named } from '../../../src/engine/graph/named.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingTask } from '../../../src/engine/training/task.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { usual } from './two-networks.ts';

const [rows, width, layers] = [8192, 256, 24] as const;
const data = stream('deep').normal(width * width);
const task: TrainingTask = {
  parameters: { w: { shape: [width, width], data: data.map((value) => value / 16) } },
  batchSpecs: { x: { shape: [rows, width] } },
  batch: (step) => ({ x: { shape: [rows, width], data: stream('x', step).normal(rows * width) } }),
  loss: (weights, batch) => {
    let x = named(batch, 'x');
    for (let layer = 0; layer < layers; layer++) x = tf.tanh(tf.matMul(x, named(weights, 'w')));
    return { loss: tf.mean(tf.square(x)) };
  },
};
const [checkpoint = '', recompute = ''] = process.argv.slice(2);
await train(task, { ...usual, steps: 1, checkpoint, recompute: recompute === 'recompute' });
console.log(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
