import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import { checkpointStep } from '../../../src/engine/training/checkpoint.ts';
import { train } from '../../../src/engine/training/loop.ts';
import { compileStep } from '../../../src/engine/training/step.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { DivergedError } from '../../../src/ground/errors.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { leftOpen, nothing } from '../../held.ts';

let base: string;
let checkpoint: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-loop-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  checkpoint = join(base, `${made++}.safetensors`);
});

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  steps: 12,
  learningRate: 0.1,
  warmup: 0,
  schedule: 'constant',
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  clip: 1e6,
  ema: 0.9,
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
  checkpoint,
  checkpointEvery: 3,
  logEvery: 5,
  ...changes,
});

/** Fits p·x to 2x: the loss is ((p − 2)·x)². Step `bad` gets a batch that is no number. */
const line = (bad = Number.POSITIVE_INFINITY): TrainingTask => ({
  parameters: { p: { shape: [1], data: Float32Array.of(0) } },
  batchSpecs: { x: { shape: [1] } },
  batch: (step) => ({ x: { shape: [1], data: Float32Array.of(step === bad ? Number.NaN : 1) } }),
  loss: (parameters, batch) => {
    const error = tf.mul(tf.sub(named(parameters, 'p'), 2), named(batch, 'x'));
    return { loss: tf.mean(tf.square(error)), error: tf.mean(error) };
  },
});

describe('training', () => {
  it('descends, and logs every few steps and the last', async () => {
    const lines: TrainingLog[] = [];
    const { last, average } = await train(line(), options({ onLog: (logged) => void lines.push(logged) }));
    expect(lines.map(({ step }) => step)).toEqual([5, 10, 12]);
    expect(lines[0]).toMatchObject({
      learningRate: 0.1,
      loss: expect.closeTo(1.6 ** 2, 2),
      error: expect.closeTo(-1.6, 2),
    });
    expect(last.p?.data[0]).toBeCloseTo(1.17, 1); // steps of about the learning rate: Adam's gradients are normalised
    expect(average.p?.data[0]).toBeLessThan(last.p?.data[0] ?? 0);
  });

  it('stops at a signal', async () => {
    const controller = new AbortController();
    const onLog = () => controller.abort(new Error('interrupted'));
    await expect(train(line(), options({ onLog, signal: controller.signal }))).rejects.toThrow('interrupted');
    expect(await checkpointStep(checkpoint)).toBe(3);
  });

  it('starts from weights that are handed over as from weights that stay', async () => {
    let asked = 0;
    const { parameters } = line();
    const handed = () => {
      asked++;
      return parameters as Parameters;
    };
    const kept = await train(line(), options());
    const taken = await train({ ...line(), parameters: handed }, options({ checkpoint: `${checkpoint}.taken` }));
    expect([asked, taken]).toEqual([1, kept]);
  });
});

describe('training that meets a NaN', () => {
  it('names the step and the last good checkpoint, which stays', async () => {
    const error = await train(line(7), options()).catch((reason) => reason);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toBe(
      'training diverged at step 8: loss NaN, gradient norm NaN; ' +
        `the last good checkpoint is ${checkpoint} (step 6); lower the learning rate or the clip`,
    );
    expect(await checkpointStep(checkpoint)).toBe(6);
    const { last } = await train(line(), options());
    const uninterrupted = await train(line(), options({ checkpoint: `${checkpoint}.other` }));
    expect(last).toEqual(uninterrupted.last);
  });

  it('before any checkpoint says so', async () => {
    await expect(train(line(1), options())).rejects.toThrow(
      'training diverged at step 2: loss NaN, gradient norm NaN; there is no checkpoint yet',
    );
  });

  it('by a learning rate that throws the weights out of float32 never saves them', async () => {
    const wild = train(line(), options({ learningRate: 1e39, checkpointEvery: 1 }));
    await expect(wild).rejects.toThrow(DivergedError);
    await expect(wild).rejects.toThrow(
      'training diverged at step 1: weights that are not finite; there is no checkpoint yet',
    );
    expect(existsSync(checkpoint)).toBe(false);
  });

  it('by a large learning rate says what the loss was', async () => {
    await expect(train(line(), options({ learningRate: 1e30 }))).rejects.toThrow(
      'training diverged at step 2: loss Infinity, gradient norm 2',
    );
  });

  it('in a metric is an error too', async () => {
    const task = line();
    const bad: TrainingTask = { ...task, loss: (...given) => ({ ...task.loss(...given), odd: tf.log(-1) }) };
    await expect(train(bad, options())).rejects.toThrow(DivergedError);
  });
});

describe("a step's program", () => {
  /** The loss (p·x − target)² whose target is p·x itself, scaled. */
  const chase: TrainingTask = {
    ...line(),
    targets: (parameters, batch) => ({ y: tf.mul(tf.mul(named(parameters, 'p'), named(batch, 'x')), 3) }),
    loss: (parameters, batch, targets) => ({
      loss: tf.mean(tf.squaredDifference(tf.mul(named(parameters, 'p'), named(batch, 'x')), named(targets, 'y'))),
    }),
  };

  it.each(['onnx', 'tfjs'] as const)(
    'reads frozen weights among the batch and learns none of them (%s)',
    async (kind) => {
      const towards: TrainingTask = {
        ...line(),
        frozen: { goal: { shape: [1], data: Float32Array.of(3) } },
        loss: (parameters, batch) => ({
          loss: tf.squaredDifference(named(parameters, 'p'), named(batch, 'goal')).sum(),
        }),
      };
      const { last } = await train(towards, options({ steps: 100, engine: { kind, provider: 'cpu', threads: 1 } }));
      expect(Object.keys(last)).toEqual(['p']);
      expect(last.p?.data[0]).toBeCloseTo(3, 1);
    },
  );

  it.each(['onnx', 'tfjs'] as const)('lets no gradient through the targets (%s)', async (kind) => {
    const engine = { kind, provider: 'cpu', threads: 1 };
    const program = await compileStep(chase, layoutOf(chase.parameters as Parameters), { engine });
    const one = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const outputs = await program.run({ 'parameter/p': one(0.5), 'batch/x': one(2) });
    await program.dispose();
    expect(outputs['value/loss']?.data[0]).toBeCloseTo((1 - 3) ** 2, 5);
    expect(outputs['gradient/p']?.data[0]).toBeCloseTo(2 * (1 - 3) * 2, 5); // through the targets, too, it were 16
  });
});

describe('what training leaves open', () => {
  it.each(['onnx', 'tfjs'] as const)('is nothing when it is done, and nothing when it fails: %s', async (kind) => {
    const engine = { kind, provider: 'cpu', threads: 1 } as const;
    expect(await leftOpen(() => train(line(), options({ engine })))).toEqual(nothing);
    const failing = async () => {
      const changed = options({ engine, checkpoint: join(base, `failing-${kind}.safetensors`) });
      await expect(train(line(4), changed)).rejects.toThrow(DivergedError);
    };
    expect(await leftOpen(failing)).toEqual(nothing);
  });

  it('is nothing when the step of a checkpoint is asked for', async () => {
    await train(line(), options());
    expect(await leftOpen(() => checkpointStep(checkpoint))).toEqual(nothing);
  });
});

describe('the steps that a checkpoint says', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['-1', 0],
    ['1.5', 0],
    ['many', 0],
  ])('%s count as %d', async (step, expected) => {
    await writeSafetensors(checkpoint, {}, { metadata: { step } });
    expect(await checkpointStep(checkpoint)).toBe(expected);
  });
});
