/** A training whose state stays where its programs run gives what one in the arena gives: weights, moments, averages, log. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { traceGraph } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import { recompute } from '../../../src/engine/graph/recompute/recompute.ts';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import { createOptimizer } from '../../../src/engine/training/optimizer.ts';
import { partsOf } from '../../../src/engine/training/step.ts';
import { ofStep, residentSteps } from '../../../src/engine/training/stepping/resident-step.ts';
import type { TrainingOptions, TrainingTask } from '../../../src/engine/training/task.ts';
import { turnsOf } from '../../../src/engine/training/turns.ts';
import { DivergedError } from '../../../src/ground/errors.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { inTurns, parameters, through, towardsAverage, trainedTo, usual } from './two-networks.ts';

let base: string;
let checkpoint: string;
let made = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-resident-'));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  checkpoint = join(base, `${made++}.safetensors`);
});

const { beside: _, ...alone } = inTurns;
const resident = { resident: true, stepsPerCall: 2 } as const;

/** The largest difference of two checkpoints in a region, as a part of the region's largest number. */
async function apart(one: string, other: string): Promise<Record<string, number>> {
  const [a, b] = [await readSafetensors(one), await readSafetensors(other)];
  expect(Object.keys(b)).toEqual(Object.keys(a));
  const found: Record<string, { difference: number; most: number }> = {};
  for (const [name, { data }] of Object.entries(a)) {
    const region = name.split('/')[0] ?? '';
    const known = found[region] ?? { difference: 0, most: 0 };
    found[region] = known;
    for (const [i, value] of (data as Float32Array).entries()) {
      known.difference = Math.max(known.difference, Math.abs(value - (b[name]?.data[i] ?? Number.NaN)));
      known.most = Math.max(known.most, Math.abs(value));
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, { difference, most }]) => [name, difference / most]));
}

/** Each with the norm that gradients are clipped to: one that all exceed, or none. */
const tasks: Readonly<Record<string, readonly [TrainingTask, clip: number]>> = {
  'all at once': [alone, 10],
  'in turns': [inTurns, 0.1],
  'towards their average': [towardsAverage, 0.1],
};

describe.each(['adamw', 'muon'] as const)('steps on the device by %s', (optimizer) => {
  it.each(Object.keys(tasks))('are those of the arena, for weights learnt %s', async (kind) => {
    const [task, clip] = tasks[kind] as (typeof tasks)[string];
    const changes = { optimizer, clip, logEvery: 2, probeEvery: 4 };
    const arena = `${checkpoint}-arena`;
    const one = await trainedTo(arena, changes, task);
    const other = await trainedTo(checkpoint, { ...changes, ...resident }, task);
    const differences = await apart(arena, checkpoint);
    expect(Object.keys(differences).sort()).toEqual(['average', 'mean', 'parameters', 'variance']);
    for (const difference of Object.values(differences)) expect(difference).toBeLessThan(2e-5);
    expect(other.log.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    for (const [place, line] of one.log.entries())
      for (const [name, value] of Object.entries(line))
        expect([name, other.log[place]?.[name]]).toEqual([name, expect.closeTo(value, 4)]);
  });
});

describe('steps on the device', () => {
  it('go on at the arena’s checkpoint, and the arena at theirs', async () => {
    const whole = `${checkpoint}-whole`;
    await trainedTo(whole, {});
    for (const [first, then] of [
      [resident, {}],
      [{}, resident],
    ]) {
      const path = `${checkpoint}-${Object.keys(first ?? {}).length}`;
      await trainedTo(path, { steps: 4, ...first });
      await trainedTo(path, { ...then });
      for (const difference of Object.values(await apart(whole, path))) expect(difference).toBeLessThan(2e-5);
    }
  });

  it('compute activations again where that is asked for, one a call, to the same numbers', async () => {
    const kept = `${checkpoint}-kept`;
    const deep: TrainingTask = {
      ...{ parameters, batchSpecs: alone.batchSpecs, batch: alone.batch },
      loss: (weights, batch) => {
        const x = named(batch, 'x');
        const far = Array.from({ length: 5 }).reduce<tf.Tensor>((value) => through(weights, value, ''), x);
        return { loss: tf.mean(tf.squaredDifference(far, tf.sin(x))) };
      },
    };
    await trainedTo(kept, resident, deep);
    await trainedTo(checkpoint, { ...resident, recompute: true }, deep);
    for (const difference of Object.values(await apart(kept, checkpoint))) expect(difference).toBeLessThan(2e-6);
    const layout = layoutOf(parameters);
    const options = { ...usual, checkpoint, precision: 'float32' } as const;
    const placed = { task: deep, layout, optimizer: createOptimizer(layout) };
    const { fn, specs } = residentSteps(placed, turnsOf(deep, layout).own, 1, options);
    const graph = optimize(traceGraph(fn, specs), 'accelerator');
    expect(recompute(graph, partsOf(deep, `${ofStep(0)}/`))).not.toBe(graph);
  });

  it('give the same bytes when they are interrupted at a checkpoint', async () => {
    const whole = `${checkpoint}-whole`;
    const changes: Partial<TrainingOptions> = { ...resident, logEvery: 2, probeEvery: 4 };
    await trainedTo(whole, changes, alone);
    await trainedTo(checkpoint, { ...changes, steps: 4 }, alone);
    await trainedTo(checkpoint, changes, alone);
    expect(await sha256File(checkpoint)).toBe(await sha256File(whole));
  });

  it.each([
    [
      'as many as divide the log and the checkpoints',
      { logEvery: 4, checkpointEvery: 4, stepsPerCall: 3 },
      [2, 2, 2, 2],
    ],
    ['as many as divide the checkpoints', { logEvery: 4, checkpointEvery: 2 }, [2, 2, 2, 2]],
    ['one by one where a line comes each step', { logEvery: 1 }, [1, 1, 1, 1, 1, 1, 1, 1]],
    ['one by one at the end where they do not come out even', { logEvery: 4, steps: 6 }, [4, 1, 1]],
  ])('are taken %s', async (_, changes, expected) => {
    const calls: number[] = [];
    let asked = -1;
    const task: TrainingTask = {
      ...alone,
      batch: (step) => {
        // Batches of one call are asked for in one go: nothing else comes between.
        if (asked < 0) setImmediate(() => void calls.push(step0(step)));
        asked = step;
        return alone.batch(step);
      },
    };
    const step0 = (first: number): number => {
      const count = asked - first + 1;
      asked = -1;
      return count;
    };
    await trainedTo(checkpoint, { resident: true, probeEvery: 4, ...changes }, task);
    expect(calls).toEqual(expected);
  });

  it('end where the loss is no number, with the step and the last checkpoint', async () => {
    const bad: TrainingTask = {
      ...alone,
      loss: (weights, batch) => {
        const { loss } = alone.loss(weights, batch, {});
        return { loss: tf.mul(loss, tf.mean(named(batch, 'bad'))) };
      },
      batchSpecs: { ...alone.batchSpecs, bad: { shape: [1] } },
      batch: async (step) => ({
        ...(await alone.batch(step)),
        bad: { shape: [1], data: Float32Array.of(step === 5 ? Number.NaN : 1) },
      }),
    };
    const training = trainedTo(checkpoint, { resident: true, logEvery: 4, probeEvery: 4 }, bad);
    await expect(training).rejects.toThrow(DivergedError);
    await expect(training).rejects.toThrow(/step 6.*NaN[\s\S]*4/);
  });

  it('look at weights as they are then, not as they were at the start', async () => {
    const looks = (changes: Partial<TrainingOptions>) =>
      trainedTo(`${checkpoint}-${Object.keys(changes).length}`, { logEvery: 2, probeEvery: 2, ...changes }, alone);
    const one = (await looks({})).log.map(({ rawError }) => rawError ?? Number.NaN);
    const other = (await looks(resident)).log.map(({ rawError }) => rawError);
    expect(other).toEqual(one.map((value) => expect.closeTo(value, 5)));
    expect(new Set(one).size).toBe(4);
  });
});
