import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { FileError, UsageError } from '../../../src/ground/errors.ts';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type Parameters, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { relativeError } from '../../eager.ts';
import { leftOpen, nothing } from '../../held.ts';
import { adamwInFloat64, muonInFloat64, type Reference } from './muon-in-float64.ts';

/** Matrices of every kind, and what AdamW keeps: before, between and behind them, two side by side. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'cond_embed.weight': [5, 7],
  'res_blocks.0.mlp.0.weight': [35, 33],
  'res_blocks.0.mlp.2.bias': [3],
  'res_blocks.0.mlp.2.weight': [32, 40],
  'res_blocks.1.mlp.2.weight': [32, 32],
  'time_embed.mlp.2.weight': [32, 32],
};
const muons = ['res_blocks.0.mlp.0.weight', 'res_blocks.0.mlp.2.weight', 'res_blocks.1.mlp.2.weight'];

const normal = (key: string, shape: readonly number[], step = -1) => ({
  shape,
  data: stream(key, ...Object.values(shape), step).normal(sizeOf(shape)),
});

const start: Parameters = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, normal(`start ${name}`, shape)]),
);

const gradients = (step: number): Parameters =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, normal(`gradient ${name}`, shape, step)]));

/** The loss Σ p·g: its gradients are the batch. Called with every step. */
const task = (onStep: (step: number) => void = () => {}): TrainingTask => ({
  parameters: start,
  batchSpecs: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }])),
  batch: (step) => {
    onStep(step);
    return gradients(step);
  },
  loss: (parameters, batch) => ({
    loss: tf.addN(Object.keys(shapes).map((name) => tf.sum(tf.mul(named(parameters, name), named(batch, name))))),
  }),
});

let base: string;
let checkpoint: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-muon-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  checkpoint = join(base, `${made++}.safetensors`);
});

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  steps: 4,
  learningRate: 0.01,
  warmup: 2,
  schedule: 'constant',
  optimizer: 'muon',
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.3,
  clip: 20, // of a norm of about 70
  ema: 0.3,
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
  checkpoint,
  checkpointEvery: 2,
  logEvery: 1,
  ...changes,
});

/** The weights and their average after the steps, recomputed. */
function expected(name: string, settings: TrainingOptions, matrices = muons): Reference {
  const steps = Array.from({ length: settings.steps }, (_, step) => {
    const all = gradients(step);
    const norm = Math.hypot(...Object.values(all).flatMap(({ data }) => Array.from(data)));
    const clipped = Array.from(all[name]?.data ?? [], (value) => value * Math.min(1, settings.clip / norm));
    return { gradient: clipped, rate: settings.learningRate * Math.min(1, (step + 1) / settings.warmup) };
  });
  const rule = matrices.includes(name) ? muonInFloat64 : adamwInFloat64;
  return rule(Array.from(start[name]?.data ?? []), shapes[name] ?? [], steps, settings);
}

describe('training by Muon', () => {
  it.each([
    ['onnx', undefined],
    ['onnx', 2],
    ['tfjs', 2],
  ] as const)(
    'is Muon of hidden matrices and AdamW of the others, as in float64: %s, scale %s',
    async (kind, scale) => {
      const engine = { kind, provider: 'cpu', threads: 1 };
      const settings = options({ engine, ...(scale && { muonScale: scale }) });
      const { last, average } = await train(task(), settings);
      for (const name of Object.keys(shapes)) {
        const { weights, averages } = expected(name, settings);
        const moved = weights.map((value, i) => value - (start[name]?.data[i] ?? 0));
        const found = Array.from(last[name]?.data ?? [], (value, i) => value - (start[name]?.data[i] ?? 0));
        expect(relativeError(found, moved), name).toBeLessThan(1e-4);
        expect(relativeError(average[name]?.data ?? [], averages), `average of ${name}`).toBeLessThan(1e-5);
      }
    },
  );

  it('takes the matrices that a task tells it', async () => {
    const [other] = ['time_embed.mlp.2.weight'] as const;
    const settings = options({ engine: { kind: 'tfjs', provider: 'cpu', threads: 1 } });
    const { last } = await train({ ...task(), hidden: (name) => name === other || name.startsWith('cond') }, settings);
    for (const name of Object.keys(shapes)) {
      const { weights } = expected(name, settings, [other]); // the other one is too small
      const moved = weights.map((value, i) => value - (start[name]?.data[i] ?? 0));
      const found = Array.from(last[name]?.data ?? [], (value, i) => value - (start[name]?.data[i] ?? 0));
      expect(relativeError(found, moved), name).toBeLessThan(1e-4);
    }
  });

  it('needs a hidden matrix', async () => {
    const { parameters: _, ...small } = task();
    const error = await train({ ...small, parameters: { p: normal('p', [40, 40]) } }, options()).catch(
      (found) => found,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      'training: expected a hidden layer of at least 32 × 32 for the optimizer muon, got none',
    );
  });

  it.each(['onnx', 'tfjs'] as const)('leaves nothing open, done or failed: %s', async (kind) => {
    const engine = { kind, provider: 'cpu', threads: 1 };
    expect(await leftOpen(() => train(task(), options({ engine })))).toEqual(nothing);
    const failing = train.bind(undefined, { ...task(), loss: () => ({ loss: tf.log(-1) }) });
    expect(
      await leftOpen(() => expect(failing(options({ engine, checkpoint: `${checkpoint}.other` }))).rejects.toThrow()),
    ).toEqual(nothing);
  });
});

describe("a checkpoint of Muon's", () => {
  it('goes on to the very bytes of a training that was never stopped', async () => {
    const whole = `${checkpoint}.whole`;
    await train(task(), options({ steps: 5, checkpoint: whole }));
    const stopped = task((step) => {
      if (step === 3) throw new Error('stopped');
    });
    await expect(train(stopped, options({ steps: 5 }))).rejects.toThrow('stopped');
    const steps: number[] = [];
    await train(
      task((step) => void steps.push(step)),
      options({ steps: 5 }),
    );
    expect(steps).toEqual([2, 3, 4]);
    expect(await readFile(checkpoint)).toEqual(await readFile(whole));
  });

  it.each([
    ['adamw', 'muon'],
    ['muon', 'adamw'],
  ] as const)('is refused where it is of %s and %s goes on', async (before, after) => {
    await train(task(), options({ optimizer: before }));
    const error = await train(task(), options({ optimizer: after })).catch((found) => found);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toBe(
      `${checkpoint}: expected a checkpoint of optimizer ${after}, got ${before}; ` +
        'delete it and run the same command again to start this training anew',
    );
  });

  it('has the momentum of hidden matrices where AdamW has its mean, and no variance of them', async () => {
    await train(task(), options());
    const file = await openSafetensors(checkpoint);
    const tensors = await file.readAll().finally(() => file.close());
    const isZero = (region: string) => (name: string) =>
      tensors[`${region}/${name}`]?.data.every((value) => value === 0);
    expect(Object.keys(shapes).filter(isZero('mean'))).toEqual([]);
    expect(Object.keys(shapes).filter(isZero('variance'))).toEqual(muons);
  });

  it('says nothing of an optimizer where that is AdamW, as before there was another', async () => {
    const { optimizer: _, ...unsaid } = options();
    await train(task(), unsaid);
    const named = `${checkpoint}.named`;
    await train(task(), options({ optimizer: 'adamw', checkpoint: named }));
    const bytes = await readFile(checkpoint);
    expect(bytes).toEqual(await readFile(named));
    expect(bytes.includes('optimizer')).toBe(false);
  });
});
