/** Weights that are learnt beside others, in turns: each set goes on as if the other were not there. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { turnAt } from '../../../src/engine/training/turns.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { leftOpen, nothing } from '../../held.ts';

const weights = 'res_blocks.0.mlp.0.weight'; // which Muon takes
const start = (name: string): Parameters[string] => ({ shape: [32, 32], data: stream('start', name).normal(1024) });
const own: Parameters = { [weights]: start('own'), 'z.bias': { shape: [3], data: Float32Array.of(1, 2, 3) } };
const beside: Parameters = Object.fromEntries(
  Object.entries(own).map(([name, { shape, data }]) => [`beside/${name}`, { shape, data: data.map((x) => x - 1) }]),
);

/** The mean square of weights after they were mixed, by `scale`. */
const squares = (scale: number, prefix: string): TrainingTask['loss'] => {
  return (parameters) => {
    const of = (name: string): tf.Tensor => tf.sum(tf.square(tf.sub(named(parameters, prefix + name), 0.5)));
    return { loss: tf.mul(scale, tf.add(of(weights), of('z.bias'))) };
  };
};

const alone = (parameters: Parameters, scale: number, prefix = ''): TrainingTask => ({
  parameters,
  batchSpecs: { x: { shape: [1] } },
  batch: () => ({ x: { shape: [1], data: Float32Array.of(1) } }),
  loss: squares(scale, prefix),
});

const both = (updates: number): TrainingTask => ({
  ...alone({ ...own, ...beside }, 1),
  beside: { updates, owns: (name) => name.startsWith('beside/'), loss: squares(100, 'beside/') },
});

let base: string;
let checkpoint: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-turns-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  checkpoint = join(base, `${made++}.safetensors`);
});

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  ...{ steps: 8, learningRate: 0.01, warmup: 0, schedule: 'constant', weightDecay: 0.1, clip: 1, ema: 0.9 },
  ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, checkpointEvery: 3, logEvery: 1, checkpoint },
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
  ...changes,
});

describe('turns', () => {
  it('are so many beside before each own one, and count their own kind', () => {
    const turns = (updates: number) => [0, 1, 2, 3, 4, 5, 6].map((step) => turnAt(step, updates));
    expect(turns(2).map(({ turn }) => turn)).toEqual(['beside', 'beside', 'own', 'beside', 'beside', 'own', 'beside']);
    expect(turns(2).map(({ before }) => before)).toEqual([0, 1, 0, 2, 3, 1, 4]);
    expect(turns(0)).toEqual([0, 1, 2, 3, 4, 5, 6].map((before) => ({ turn: 'own', before })));
  });

  it.each([
    ['adamw', 'onnx'],
    ['adamw', 'tfjs'],
    ['muon', 'onnx'],
  ] as const)('leave each set of weights where its own steps alone take it: %s on %s', async (optimizer, kind) => {
    const settings = options({ optimizer, engine: { kind, provider: 'cpu', threads: 1 } });
    const together = await train(both(3), settings); // 6 and 2 of 8 steps
    const first = await train(alone(own, 1), { ...settings, steps: 2, checkpoint: `${checkpoint}.own` });
    const second = await train(alone(beside, 100, 'beside/'), {
      ...settings,
      steps: 6,
      checkpoint: `${checkpoint}.beside`,
    });
    expect(together.last).toEqual({ ...first.last, ...second.last });
    expect(together.average).toEqual({ ...first.average, ...second.average });
    expect(first.last[weights]?.data).not.toEqual(own[weights]?.data);
  });

  it('have the loss and the gradient’s norm of what they move', async () => {
    const lines: TrainingLog[] = [];
    await train(both(1), options({ steps: 2, onLog: (line) => void lines.push(line) }));
    const sum = (parameters: Parameters) =>
      Object.values(parameters).reduce((all, { data }) => data.reduce((part, x) => part + (x - 0.5) ** 2, all), 0);
    expect(lines[0]?.loss).toBeCloseTo(100 * sum(beside), -1);
    expect(lines[0]?.gradientNorm).toBeCloseTo(200 * Math.sqrt(sum(beside)), 0);
    expect(lines[1]?.loss).toBeCloseTo(sum(own), 2);
    expect(lines[1]?.gradientNorm).toBeCloseTo(2 * Math.sqrt(sum(own)), 3);
  });

  it('go on to the very bytes of a training that was never stopped, from within a cycle', async () => {
    const whole = `${checkpoint}.whole`;
    await train(both(3), options({ checkpoint: whole }));
    const task = both(3);
    const stopped: TrainingTask = {
      ...task,
      batch: (step) => {
        if (step === 7) throw new Error('stopped');
        return task.batch(step);
      },
    };
    await expect(train(stopped, options())).rejects.toThrow('stopped'); // its checkpoint is of 6 steps
    await train(task, options());
    expect(await readFile(checkpoint)).toEqual(await readFile(whole));
  });

  it('leave nothing open', async () => {
    expect(await leftOpen(() => train(both(1), options()))).toEqual(nothing);
  });
});
