/** What is held out from a training: which weights are kept as the best, when patience ends it, and what a stop changes. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import type { BestFile } from '../../../src/engine/training/best.ts';
import { checkpointStep } from '../../../src/engine/training/checkpoint.ts';
import { type LoggedTraining, trainLogged } from '../../../src/engine/training/logged-training.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingTask } from '../../../src/engine/training/task.ts';
import { readTrainingLog } from '../../../src/engine/training/training-log.ts';
import { type Measure, standing } from '../../../src/engine/training/validation.ts';
import { DivergedError, FileError, UsageError } from '../../../src/ground/errors.ts';
import { leftOpen, nothing } from '../../held.ts';

describe('looks', () => {
  const at = (...values: number[]) => values.map((value, index) => ({ step: 10 * (index + 1), value }));

  it('have their first lowest as the best, and are counted from there', () => {
    expect(standing([])).toEqual({ since: 0 });
    expect(standing(at(3, 1, 2, 1))).toEqual({ best: { step: 20, value: 1 }, since: 2 });
    expect(standing(at(3, 2, -1))).toEqual({ best: { step: 30, value: -1 }, since: 0 });
  });
});

let base: string;
let folder: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-validation-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  folder = join(base, String(made++));
});

/** A weight that rises by a learning rate a step; what is held out is its distance to 0.75, of the average and as it is. */
const rise = (stopAt?: number): TrainingTask => ({
  parameters: { p: { shape: [1], data: Float32Array.of(0) } },
  batchSpecs: { way: { shape: [1] } },
  batch: (step) => {
    if (step === stopAt) throw new Error('stopped');
    return { way: { shape: [1], data: Float32Array.of(1) } };
  },
  loss: (parameters, batch) => ({ loss: tf.sum(tf.neg(tf.mul(named(parameters, 'p'), named(batch, 'way')))) }),
  validation: {
    criterion: 'heldOutEnergy',
    measures: [distance('heldOutEnergy', 'average'), distance('heldOutLoss', 'parameters')],
  },
});

/** Twice the distance of a weight to 0.75, and to 0 under a second name. */
function distance(name: string, of: 'parameters' | 'average'): Measure {
  const to = (value: number) => ({ to: { shape: [1], data: Float32Array.of(value) } });
  return {
    batchSpecs: { to: { shape: [1] } },
    frozen: { scale: { shape: [1], data: Float32Array.of(2) } },
    batches: async () => ({ [name]: to(0.75), [`${name}Too`]: to(0) }),
    value: (parameters, batch, average) => {
      const weight = named({ parameters, average }[of], 'p');
      return tf.sum(tf.mul(named(batch, 'scale'), tf.abs(tf.sub(weight, named(batch, 'to')))));
    },
  };
}

/** Best weights in a small text file. */
const bestIn = (of: string): BestFile & { readonly written: number[] } => {
  const path = join(of, 'best.json');
  const written: number[] = [];
  return {
    path,
    written,
    write: async ({ p }, look) => {
      written.push(look.step);
      await writeFile(path, JSON.stringify({ p: p?.data[0], ...look }));
    },
    read: async () => (existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : undefined),
  };
};

const options = (changes: Partial<LoggedTraining> = {}): LoggedTraining => ({
  ...{ steps: 24, learningRate: 0.1, warmup: 0, schedule: 'constant' as const, clip: 1, ema: 0.5, weightDecay: 0 },
  ...{ beta1: 0, beta2: 0, checkpointEvery: 6, logEvery: 2, probeEvery: 2 },
  engine: { kind: 'onnx', provider: 'cpu', threads: 1 } as const,
  folder,
  ...changes,
});

const textOf = (path: string): Promise<string> => readFile(path, 'utf8');
const linesOf = async (of: string) => (await readTrainingLog(of)).map((line) => ({ ...line, secondsElapsed: 0 }));

describe.each(['onnx', 'tfjs'] as const)('a training that is validated by %s', (kind) => {
  const engine = { kind, provider: 'cpu', threads: 1 } as const;

  it('logs what is held out, and keeps the averaged weights at its lowest', async () => {
    const best = bestIn(folder);
    const { log, best: found, steps, average } = await trainLogged(rise(), options({ engine, best }));
    const looks = log.map(({ step, heldOutEnergy = Number.NaN }) => ({ step, value: heldOutEnergy }));
    expect(log[3]?.heldOutLoss).toBeCloseTo(0.1, 4); // 2·|0.8 − 0.75|
    expect(log[3]?.heldOutLossToo).toBeCloseTo(1.6, 4);
    expect(looks[3]?.value).not.toBeCloseTo(0.1, 2); // the average lags
    expect(found).toEqual(looks.reduce((least, look) => (look.value < least.value ? look : least)));
    expect(steps).toBe(24);
    const kept = JSON.parse(await textOf(best.path));
    expect({ step: kept.step, value: kept.value }).toEqual(found);
    expect(2 * Math.abs(kept.p - 0.75)).toBeCloseTo(found?.value ?? Number.NaN, 5);
    expect(average.p?.data[0]).toBeGreaterThan(kept.p + 1);
  });
});

describe('patience', () => {
  it('ends a training after so many looks that are no better, with a checkpoint there', async () => {
    const best = bestIn(folder);
    const { log, steps, best: found } = await trainLogged(rise(), options({ best, patience: 3 }));
    expect(steps).toBe((found?.step ?? 0) + 3 * 2);
    expect(steps).toBeLessThan(24);
    expect(log.at(-1)?.step).toBe(steps);
    expect(await checkpointStep(join(folder, 'checkpoint.safetensors'))).toBe(steps);
    const again = await trainLogged(rise(0), options({ best: bestIn(folder), patience: 3 })); // no step is taken
    expect(again).toMatchObject({ steps, best: found, log });
  });

  it('with nothing to look at is refused', async () => {
    const { validation: _, ...task } = rise();
    const error = await trainLogged(task, options({ patience: 3, name: 'one' })).catch((found) => found);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe('one: patience 3: expected looks at a held-out set, got none');
    const { probeEvery: __, ...unlooked } = options({ patience: 3 });
    await expect(trainLogged(rise(), unlooked)).rejects.toThrow(UsageError);
  });
});

describe('a training that was stopped', () => {
  // The best look is at step 8, the end at 14; the checkpoints are of 6 and 12.
  it.each([7, 9, 11, 13])('at step %i ends with the same log and the same best weights', async (at) => {
    const whole = `${folder}-whole`;
    const undisturbed = await trainLogged(rise(), options({ folder: whole, best: bestIn(whole), patience: 3 }));
    await expect(trainLogged(rise(at), options({ best: bestIn(folder), patience: 3 }))).rejects.toThrow('stopped');
    const { steps, best } = await trainLogged(rise(), options({ best: bestIn(folder), patience: 3 }));
    expect({ steps, best }).toEqual({ steps: undisturbed.steps, best: undisturbed.best });
    expect(await linesOf(folder)).toEqual(await linesOf(whole));
    expect(await textOf(bestIn(folder).path)).toBe(await textOf(bestIn(whole).path));
  });

  it('whose best weights are gone, which it will not pass again, is refused with what to do', async () => {
    const { path } = bestIn(folder);
    await expect(trainLogged(rise(15), options({ best: bestIn(folder) }))).rejects.toThrow('stopped');
    await rm(path);
    const error = await trainLogged(rise(), options({ best: bestIn(folder) })).catch((found) => found);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(
      /^\S+best\.json: expected the best weights until the checkpoint at 12, of step \d+, found none/,
    );
  });

  it('whose log is gone goes on from the best weights that there are', async () => {
    await expect(trainLogged(rise(15), options({ best: bestIn(folder) }))).rejects.toThrow('stopped');
    const before = await textOf(bestIn(folder).path);
    await rm(join(folder, 'metrics.jsonl'));
    const best = bestIn(folder);
    const { best: found } = await trainLogged(rise(), options({ best }));
    expect(found?.step).toBe(JSON.parse(before).step);
    expect([await textOf(best.path), best.written]).toEqual([before, []]);
  });
});

describe('a value that is no number', () => {
  it('stops the training at once', async () => {
    const task = rise();
    const measures = task.validation?.measures.map((measure) => ({
      ...measure,
      value: (_: unknown, batch: NamedTensors) => tf.sum(tf.sqrt(tf.neg(named(batch, 'scale')))),
    }));
    const broken: TrainingTask = { ...task, validation: { criterion: 'heldOutEnergy', measures: measures ?? [] } };
    const error = await trainLogged(broken, options()).catch((found) => found);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toContain('training diverged at step 2: held out energy NaN');
  });

  it('leaves nothing open', async () => {
    const { folder: _, best: __, ...rest } = options();
    const settings = { ...rest, epsilon: 1e-8, checkpoint: `${folder}.safetensors` };
    expect(await leftOpen(() => train(rise(), settings).then(() => {}))).toEqual(nothing);
  });
});
