/** What is measured on the held-out set while students train, what it costs, and what follows from it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MethodEntry } from '../../../src/distillation/method/method.ts';
import { type MethodName, methods } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { samplerProgram } from '../../../src/distillation/student/program.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { energyMeasure } from '../../../src/distillation/train/held-out.ts';
import {
  energySizes,
  logEvery,
  lookCounts,
  lookForwards,
  looksOf,
  probeEvery,
} from '../../../src/distillation/train/look-sizes.ts';
import { trainingForwards } from '../../../src/distillation/train/student-job.ts';
import type { PathSet, TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { type TrainingLog, train } from '../../../src/engine/training/loop.ts';
import { energyDistance } from '../../../src/evaluation/statistics/energy-distance.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextFeeds } from '../../../src/heads/context.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { smallRecipe } from '../../small-recipe.ts';

const engine = cpuEngine();
const teacher = gaussianTeacher({ token: 3, condition: 4, std: 0.5, unconditionalStd: 1 });
const config: HeadConfig = { token: 3, condition: 4, width: 16, depth: 1, timeScale: 32 };
let base: string;
let cache: TrajectoryCache & { readonly heldOut: PathSet };
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-held-out-'));
  const heldOut = { contexts: 6, draws: 5 };
  const guidance = { min: 1, max: 2 };
  const solved = await solveTrajectories(
    teacher,
    { solver: 'heun', steps: 8, keep: 4, contexts: 20, draws: 3, guidance, heldOut },
    engine,
  );
  if (solved.heldOut === undefined) throw new Error('expected a held-out set');
  cache = { ...solved, heldOut: solved.heldOut };
});
afterAll(() => rm(base, { recursive: true }));

/** A network whose jumps bend. */
const parameters: Parameters = Object.fromEntries(
  Object.entries(studentFromScratch(config, 1)).map(([name, { shape, data }]) => {
    const noise = stream('bent', name).normal(data.length);
    return [name, { shape, data: data.map((value, i) => value + 0.25 * (noise[i] ?? 0)) }];
  }),
);

describe('the energy distance of a look', () => {
  /** The values of a measure, of the bent network as the average. */
  async function measured(sampler: 'flow-map' | 'consistency-renoised', counts: readonly number[]) {
    const measure = energyMeasure({ config, sampler, counts }, cache, { contexts: 4, draws: 3 });
    const batch = await measure.batch();
    const specs = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [`w/${name}`, { shape }]));
    const program = await compile(
      (inputs) => {
        const average = Object.fromEntries(Object.keys(parameters).map((name) => [name, inputs[`w/${name}`]]));
        return { ...measure.values({}, inputs, average as never) };
      },
      { ...specs, ...measure.batchSpecs },
      { engine },
    );
    const feeds = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [`w/${name}`, tensor]));
    const found = await program.run({ ...feeds, ...batch });
    await program.dispose();
    return { batch, value: (name: string) => found[name]?.data[0] };
  }

  /** The same by the student's own program and the evaluation's statistic. */
  async function expected(
    sampler: 'flow-map' | 'consistency-renoised',
    counts: readonly number[],
    batch: Readonly<Record<string, HostTensor>>,
    name: string,
    paths: PathSet,
    rows: readonly number[],
  ): Promise<number> {
    const { draws } = paths.facts;
    const cached = await paths.batch(rows, draws, 0);
    const ends = Float32Array.from(rows.flatMap((_, b) => [...cached.state(b, cached.grid.length - 1)]));
    let sum = 0;
    for (const count of counts) {
      const { fn, specs } = samplerProgram({ config, sampler }, count, 3);
      const program = await compile(fn, specs, { engine, constants: parameters });
      const noise = batch[`${name}/noise`] as HostTensor<Float32Array>;
      const all = batch[`${name}/fresh`] as HostTensor<Float32Array> | undefined;
      const most = Math.max(...counts) - 1;
      const size = 3 * config.token;
      const fresh = rows.flatMap((_, b) => [
        ...(all?.data.subarray(b * most * size, (b * most + count - 1) * size) ?? []),
      ]);
      const { sample } = await program.run({
        noise,
        ...contextFeeds(config, cached, 'input'),
        ...(all &&
          count > 1 && { fresh_noise: { shape: [rows.length, count - 1, 3, 3], data: Float32Array.from(fresh) } }),
      });
      await program.dispose();
      const own = { shape: [rows.length, 3, 3], data: sample?.data as Float32Array };
      sum += energyDistance(own, { shape: [rows.length, draws, 3], data: ends }).value;
    }
    return sum / counts.length;
  }

  it.each([
    ['flow-map', [1]],
    ['flow-map', [1, 2, 4]],
    ['consistency-renoised', [1, 2, 4]],
  ] as const)(
    'is the evaluation’s, of the averaged student’s own program, the mean over counts: %s %j',
    async (sampler, counts) => {
      const { batch, value } = await measured(sampler, counts);
      const of = (name: string, set: PathSet, rows: readonly number[]) =>
        expected(sampler, counts, batch, name, set, rows);
      expect(value('heldOutEnergy')).toBeCloseTo(await of('heldOut', cache.heldOut, [0, 1, 2, 3]), 4);
      const rows = [...stream('looks', 'trained').permutation(20).subarray(0, 4)];
      expect(value('trainedEnergy')).toBeCloseTo(await of('trained', cache, rows), 4);
      expect(value('trainedEnergy')).not.toBeCloseTo(value('heldOutEnergy') ?? Number.NaN, 3);
    },
  );

  it('is of noise that the teacher’s ends do not come from, the same whoever trains', async () => {
    const { batch } = await measured('flow-map', [1]);
    const cached = new Set((await cache.heldOut.batch([0, 1, 2, 3], 5, 0)).state(0, 0));
    const noise = batch['heldOut/noise']?.data as Float32Array;
    expect(noise.some((x) => cached.has(x))).toBe(false);
    expect((await measured('flow-map', [1])).batch).toEqual(batch);
  });
});

describe('looks', () => {
  it('are some twenty a training, at logged steps, no more than 100 apart', () => {
    expect([60, 400, 600, 2000, 100_000].map(probeEvery)).toEqual([10, 20, 30, 100, 100]);
    expect([9, 60, 600].map((steps) => looksOf(steps))).toEqual([0, 6, 20]);
    expect(probeEvery(600) % logEvery).toBe(0);
  });

  it('are at the step counts up to four, else at the least', () => {
    expect([[1], [1, 2, 4, 8], [8, 16], undefined].map((steps) => lookCounts(steps))).toEqual([
      [1],
      [1, 2, 4],
      [8],
      [1],
    ]);
  });

  it('cost little: of the trainings that are shipped about a fiftieth, their sizes made for it', () => {
    const student = (steps: number, batch: number) => ({
      training: { ...smallRecipe().students[0]?.training, steps, batch, draws: 4 } as never,
      steps: [1, 2, 4],
    });
    const sets = { facts: { contexts: 4096, draws: 4 }, heldOut: { facts: { contexts: 64, draws: 16 } } };
    for (const [steps, batch] of [
      [600, 256],
      [1200, 512],
      [6000, 512],
      [8000, 512],
    ] as const) {
      const share = lookForwards(student(steps, batch), { student: 3 }, sets) / (steps * batch * 3);
      expect(share, `${steps} × ${batch}`).toBeLessThan(steps === 600 ? 0.03 : 0.02);
    }
    expect(energySizes({ steps: 1200, batch: 512 }, [1, 2, 4], 3)).toEqual({ contexts: 20, draws: 4 });
  });

  it('are counted: ends of both sets at each step count, and the loss on a batch', () => {
    const [student] = smallRecipe('students[0].steps=[1, 2]').students;
    if (student === undefined) throw new Error('the small recipe has no student');
    const sets = { facts: { contexts: 40, draws: 2 }, heldOut: { facts: { contexts: 8, draws: 16 } } };
    const { probes } = trainingForwards(student, {}, sets);
    const look = 2 * 4 * 4 * 3 + 4; // 4 contexts of 4 draws, and of 2 contexts of 2 the loss
    expect(probes).toBe(16 * 7 + 6 * look);
    expect(trainingForwards(student, {}, sets, 30).all).toBe(30 * 16 * 3 + 16 * 4 + 3 * look);
    const single = { ...sets, facts: { contexts: 40, draws: 1 } };
    expect(trainingForwards(student, {}, single).probes).toBe(16 * 7 + 6 * (4 * 4 * 3 + 4));
  });
});

describe('a student of every method', () => {
  const [student] = smallRecipe().students;
  it.each(Object.keys(methods) as MethodName[])('logs finite numbers of what is held out: %s', async (method) => {
    if (student === undefined) throw new Error('the small recipe has no student');
    const lines: TrainingLog[] = [];
    const task = distillationTask(
      { ...student, method, options: {}, steps: [1, 2] },
      1,
      config,
      parameters,
      cache,
      teacher,
    );
    await train(task, {
      ...student.training,
      ...{ steps: 14, warmup: 20, epsilon: 1e-8, engine, checkpointEvery: 14, logEvery: 7, probeEvery: 7 },
      checkpoint: join(base, `${method}.safetensors`),
      onLog: (line) => void lines.push(line),
    });
    const { needs }: MethodEntry = methods[method];
    const names = ['heldOutEnergy', 'trainedEnergy', ...(needs?.other === 'beside' ? [] : ['heldOutLoss'])];
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(
        Object.keys(line)
          .filter((name) => /heldOut|trained/.test(name))
          .sort(),
      ).toEqual(names.sort());
      expect(Object.values(line).every(Number.isFinite)).toBe(true);
    }
    expect(lines[0]?.heldOutEnergy).not.toBe(lines[1]?.heldOutEnergy);
  });
});
