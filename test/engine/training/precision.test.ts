import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { train } from '../../../src/engine/training/loop.ts';
import { settleStep } from '../../../src/engine/training/precision.ts';
import type { TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { EngineError } from '../../../src/ground/errors.ts';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import { stream } from '../../../src/ground/random/philox.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-precision-'));
});
afterAll(() => rm(base, { recursive: true }));

const [rows, width] = [256, 256] as const;

/** A linear map that is learnt from another one of its size. */
const task: TrainingTask = {
  parameters: { w: { shape: [width, width], data: new Float32Array(width * width) } },
  batchSpecs: { x: { shape: [rows, width] }, y: { shape: [rows, width] } },
  batch: (step) => {
    const data = stream('x', step).normal(rows * width);
    const y = data.map((value, i) => value + (data[i - 1] ?? 0) / 2);
    return { x: { shape: [rows, width], data }, y: { shape: [rows, width], data: y } };
  },
  loss: (parameters, batch) => {
    const made = tf.matMul(named(batch, 'x') as tf.Tensor2D, named(parameters, 'w') as tf.Tensor2D);
    return { loss: tf.mean(tf.squaredDifference(made, named(batch, 'y'))) };
  },
};

const options = (changes: Partial<TrainingOptions>): TrainingOptions => ({
  ...{ steps: 40, learningRate: 0.03, warmup: 0, schedule: 'constant', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
  ...{ weightDecay: 0, clip: 1e6, ema: 0.5, engine: cpuEngine(), checkpointEvery: 20, logEvery: 10 },
  checkpoint: join(base, 'unused'),
  ...changes,
});

const lastLoss = async (changes: Partial<TrainingOptions>): Promise<number> => {
  let last = Number.NaN;
  const onLog = ({ loss }: { loss: number }): void => {
    last = loss;
  };
  await train(task, options({ ...changes, onLog }));
  return last;
};

describe('a training with int8 products', () => {
  it('learns what one in float32 learns, and not the same bytes', async () => {
    const exact = await lastLoss({ checkpoint: join(base, 'float32') });
    const rounded = await lastLoss({ checkpoint: join(base, 'int8'), precision: 'int8' });
    expect(exact).toBeLessThan(0.3);
    expect(Math.abs(rounded / exact - 1)).toBeLessThan(0.1);
    expect(rounded).not.toBe(exact);
  });

  it('goes on at its checkpoint to the bytes of one that was not stopped, whatever is asked again', async () => {
    const [whole, halves] = [join(base, 'whole'), join(base, 'halves')];
    await train(task, options({ checkpoint: whole, precision: 'int8' }));
    await train(task, options({ checkpoint: halves, precision: 'int8', steps: 20 }));
    const { precision } = await train(task, options({ checkpoint: halves, precision: 'auto' }));
    expect(precision).toEqual({ used: 'int8' }); // that of the checkpoint, not timed again
    expect((await readFile(halves)).equals(await readFile(whole))).toBe(true);
    const file = await openSafetensors(whole);
    await file.close();
    expect(file.metadata.precision).toBe('int8');
  });

  it('times a step where it is left open, moves nothing by that, and tells what it took', async () => {
    const [open, given] = [join(base, 'open'), join(base, 'given')];
    const { precision } = await train(task, options({ checkpoint: open, precision: 'auto' }));
    expect(precision.speedup).toBeGreaterThan(0);
    await train(task, options({ checkpoint: given, precision: precision.used }));
    expect((await readFile(open)).equals(await readFile(given))).toBe(true);
  });
});

describe('weights that are not finite', () => {
  it('end a training with int8 products, which hide them from the loss', async () => {
    const data = new Float32Array(width * width).fill(Number.NaN, 300, 301);
    const bad = { ...task, parameters: { w: { shape: [width, width], data } } };
    const training = train(bad, options({ checkpoint: join(base, 'bad'), precision: 'int8' }));
    await expect(training).rejects.toThrow(/^training diverged at step 10: weights that are not finite/);
  });
});

describe('the precision that is taken', () => {
  const timed = (speedup: number) => ({ engine: cpuEngine(), time: () => Promise.resolve(speedup) });
  const never = { engine: cpuEngine(), time: () => Promise.reject(new Error('timed')) };

  test.each([
    ['float32', undefined, never, { used: 'float32' }],
    ['int8', undefined, never, { used: 'int8' }],
    ['auto', 'float32', never, { used: 'float32' }],
    ['auto', 'int8', never, { used: 'int8' }],
    ['auto', undefined, timed(1.5), { used: 'int8', speedup: 1.5 }],
    ['auto', undefined, timed(1.05), { used: 'float32', speedup: 1.05 }],
    ['auto', undefined, { ...never, engine: { kind: 'tfjs', provider: 'cpu', threads: 1 } }, { used: 'float32' }],
  ] as const)('asked %s, kept %s', async (asked, kept, how, settled) => {
    expect(await settleStep(asked, kept, how)).toEqual(settled);
  });

  it('is refused where the engine has no int8 products', async () => {
    const engine = { kind: 'onnx', provider: 'cuda', threads: 1 } as const;
    await expect(settleStep('int8', undefined, { ...never, engine })).rejects.toThrow(
      new EngineError('training.precision: int8 products are had from engine kind onnx, provider cpu, got onnx, cuda'),
    );
  });
});
