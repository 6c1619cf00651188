/** The raw error of a training: when it is taken for a divergence, and what is done then. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { checkpointStep } from '../../../src/engine/training/checkpoint.ts';
import { trainLogged } from '../../../src/engine/training/logged-training.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { readTrainingLog } from '../../../src/engine/training/training-log.ts';
import { judge } from '../../../src/engine/training/watch.ts';
import { DivergedError } from '../../../src/ground/errors.ts';
import { leftOpen, nothing } from '../../held.ts';

const at = (...errors: number[]) => errors.map((error, index) => ({ step: 10 * index, error }));

describe('errors', () => {
  it('are judged by the scale, three in a row', () => {
    expect(judge(at(1, 0.5, 1.6, 1.6), 1)).toMatchObject({ limit: 1.5, suspect: true, diverged: false });
    expect(judge(at(1, 0.5, 1.6, 1.6, 1.6), 1)).toMatchObject({ suspect: true, diverged: true });
    expect(judge(at(1, 1.6, 1.6, 1.4, 1.6, 1.6), 1)).toMatchObject({ suspect: true, diverged: false });
    expect(judge(at(1, 1.6, 1.6, 1.6, 1.5), 1)).toMatchObject({ suspect: false, diverged: false });
    expect(judge(at(0.1, 1.4, 1.4, 1.4), 1)).toMatchObject({ suspect: false, diverged: false }); // matches no pairs
  });

  it('are judged by the best of them where nothing has come near the scale yet', () => {
    expect(judge(at(9, 8, 7, 7, 7, 7), 1)).toMatchObject({ limit: 10.5, suspect: false, diverged: false });
    expect(judge(at(9, 8, 7, 11, 12, 13), 1)).toMatchObject({
      diverged: true,
      best: { step: 20, error: 7 },
      now: { step: 50, error: 13 },
    });
  });

  it('that are none at the start accuse nobody', () => {
    expect(judge(at(Number.NaN, 3, 1, 1), 1)).toMatchObject({ limit: 1.5, suspect: false });
    expect(judge(at(Number.NaN), 1)).toMatchObject({ suspect: false });
  });
});

let base: string;
let folder: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-watch-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  folder = join(base, String(made++));
});

/** A weight that goes where its batch says, by steps of Adam of nearly the learning rate; its error is what it is. */
const walk = (towards: (step: number) => number, scale = 1): TrainingTask => ({
  parameters: { p: { shape: [1], data: Float32Array.of(0.5) } },
  batchSpecs: { way: { shape: [1] } },
  batch: (step) => ({ way: { shape: [1], data: Float32Array.of(towards(step)) } }),
  loss: (parameters, batch) => ({ loss: tf.sum(tf.neg(tf.mul(named(parameters, 'p'), named(batch, 'way')))) }),
  probe: {
    batchSpecs: { to: { shape: [1] } },
    batch: async () => ({ tensors: { to: { shape: [1], data: Float32Array.of(0.25) } }, scale }),
    error: (parameters, batch) => tf.sum(tf.abs(tf.sub(named(parameters, 'p'), named(batch, 'to')))),
  },
});

const options = (changes: Partial<TrainingOptions> = {}) => ({
  ...{ steps: 40, learningRate: 0.1, warmup: 0, schedule: 'constant' as const, clip: 1, ema: 0, weightDecay: 0 },
  ...{ beta1: 0, beta2: 0, epsilon: 1e-8, checkpointEvery: 6, logEvery: 2, probeEvery: 4 },
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 } as const,
  folder,
  ...changes,
});

describe('a training', () => {
  it('logs its raw error where it looks, of the weights as they are', async () => {
    const { log } = await trainLogged(
      walk(() => 1),
      options({ steps: 9 }),
    );
    expect(log.map(({ step }) => step)).toEqual([2, 4, 6, 8, 9]);
    expect(log.map(({ rawError }) => rawError)).toEqual([
      undefined,
      expect.closeTo(0.65, 3), // 0.5 + 4·0.1 − 0.25
      undefined,
      expect.closeTo(1.05, 3),
      undefined,
    ]);
    expect(await readTrainingLog(folder)).toEqual(log);
  });

  it('that diverges is stopped, named, with its error then and now, the last good checkpoint, and advice', async () => {
    const error = await trainLogged(
      walk(() => 1),
      options({ name: 'one', advice: 'go slower' }),
    ).catch((found) => found);
    expect(error).toBeInstanceOf(DivergedError);
    // The limit of 1.5 is passed at step 13: looks at 16, 20 and 24 are above it, and the checkpoint of step 18 is not kept.
    expect(error.message).toBe(
      'training of one diverged at step 24: raw error 2.65, the last of 3 looks above 1.50; at its best, at step 0, it ' +
        `was 0.250; the last good checkpoint is ${join(folder, 'checkpoint.safetensors')} (step 12); go slower`,
    );
    expect(await checkpointStep(join(folder, 'checkpoint.safetensors'))).toBe(12);
  });

  it('whose error comes back goes on, and keeps its checkpoints again', async () => {
    const there = walk((step) => (step < 17 ? 1 : -1)); // above the limit at 16 and 20, no more at 24
    const { log } = await trainLogged(there, options({ steps: 40 }));
    expect(log.find(({ step }) => step === 20)?.rawError).toBeCloseTo(1.65, 3);
    expect(await checkpointStep(join(folder, 'checkpoint.safetensors'))).toBe(40);
  });

  it('is not watched unless it is asked for', async () => {
    const { probeEvery: _, ...unwatched } = options();
    const { log } = await trainLogged(
      walk(() => 1),
      unwatched,
    );
    expect(log.some((line) => 'rawError' in line)).toBe(false);
  });

  it('whose raw error is no number stops at once', async () => {
    const task = walk(() => 1);
    const broken: TrainingTask = {
      ...task,
      ...(task.probe && {
        probe: { ...task.probe, error: (weights) => tf.log(tf.sub(0.95, tf.sum(named(weights, 'p')))) },
      }),
    };
    await expect(trainLogged(broken, options())).rejects.toThrow('training diverged at step 8: raw error NaN');
  });

  it('that was stopped recalls its errors, and diverges where it would have', async () => {
    // From 2 down to 1 at step 10, where the limit is 1.5, and up again; the checkpoint is of step 12.
    const task = {
      ...walk((step) => (step < 10 ? -1 : 1), 0.1),
      parameters: { p: { shape: [1], data: Float32Array.of(2.25) } },
    };
    const stopped: TrainingTask = {
      ...task,
      batch: (step) => {
        if (step === 14) throw new Error('stopped');
        return task.batch(step);
      },
    };
    const often = options({ probeEvery: 2, checkpointEvery: 12 });
    await expect(trainLogged(stopped, often)).rejects.toThrow('stopped');
    const resumed = await trainLogged(task, often).catch((found) => found);
    const whole = await trainLogged(task, { ...often, folder: `${folder}-whole` }).catch((found) => found);
    expect(whole.message).toContain(
      'at step 20: raw error 2.00, the last of 3 looks above 1.50; at its best, at step 10,',
    );
    expect(resumed.message.replaceAll(folder, '')).toBe(whole.message.replaceAll(`${folder}-whole`, ''));
    const lines = async (of: string): Promise<TrainingLog[]> =>
      (await readFile(join(of, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => ({ ...JSON.parse(line), secondsElapsed: 0 }));
    expect(await lines(folder)).toEqual(await lines(`${folder}-whole`));
  });

  it('leaves nothing of its watch open', async () => {
    const { folder: _, ...rest } = options();
    const settings = { ...rest, checkpoint: `${folder}.safetensors` };
    expect(
      await leftOpen(() =>
        expect(
          train(
            walk(() => 1),
            settings,
          ),
        ).rejects.toThrow(DivergedError),
      ),
    ).toEqual(nothing);
  });
});
