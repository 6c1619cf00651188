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
import { statesAt } from '../../../src/distillation/trajectory/drawn-paths.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { train } from '../../../src/engine/training/loop.ts';
import { prefixed, unprefixed } from '../../../src/engine/training/prefix.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
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

type Sampler = 'flow-map' | 'consistency-renoised';
const [contexts, draws, token] = [4, 3, 3];

describe('the energy distance of a look', () => {
  /** The batch of a measure, and its value of the bent network as the average. */
  async function measured(sampler: Sampler, counts: readonly number[]) {
    const measure = energyMeasure({ config, sampler, counts }, cache.heldOut, { contexts, draws });
    const { heldOutEnergy: batch = {} } = await measure.batches();
    const specs = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, { shape }]));
    const program = await compile(
      (inputs) => ({ value: measure.value({}, unprefixed('batch', inputs), unprefixed('average', inputs)) }),
      { ...prefixed('average', specs), ...prefixed('batch', measure.batchSpecs) },
      { engine },
    );
    const found = await program.run({ ...prefixed('average', parameters), ...prefixed('batch', batch) });
    await program.dispose();
    return { batch, value: found.value?.data[0] };
  }

  /** The same by the student's own program and the evaluation's statistic. */
  async function expected(sampler: Sampler, counts: readonly number[], batch: Readonly<Record<string, HostTensor>>) {
    const paths = await cache.heldOut.batch([0, 1, 2, 3], 5, 0);
    const most = Math.max(...counts) - 1;
    const size = draws * token;
    let sum = 0;
    for (const count of counts) {
      const { fn, specs } = samplerProgram({ config, sampler }, count, draws);
      const program = await compile(fn, specs, { engine, constants: parameters });
      const fresh = Array.from({ length: contexts }, (_, b) => [
        ...(batch.fresh?.data.subarray(b * most * size, (b * most + count - 1) * size) ?? []),
      ]).flat();
      const { sample } = await program.run({
        noise: named(batch, 'noise'),
        ...contextFeeds(config, paths, 'input'),
        ...(fresh.length > 0 && {
          fresh_noise: { shape: [contexts, count - 1, draws, token], data: Float32Array.from(fresh) },
        }),
      });
      await program.dispose();
      const own = { shape: [contexts, draws, token], data: sample?.data as Float32Array };
      sum += energyDistance(own, statesAt(paths, paths.grid.length - 1)).value;
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
      expect(value).toBeCloseTo(await expected(sampler, counts, batch), 4);
    },
  );

  it('is of noise that the teacher’s ends do not come from, the same whoever trains', async () => {
    const { batch } = await measured('flow-map', [1]);
    const cached = new Set((await cache.heldOut.batch([0, 1, 2, 3], 5, 0)).state(0, 0));
    expect(Array.from(batch.noise?.data ?? []).filter((x) => cached.has(x))).toEqual([]);
    expect((await measured('flow-map', [1])).batch).toEqual(batch);
  });

  it('wants two draws of the teacher', () => {
    const single = { ...cache.heldOut, facts: { contexts: 6, draws: 1 } };
    const measure = () => energyMeasure({ config, sampler: 'flow-map', counts: [1] }, single, { contexts, draws });
    expect(measure).toThrow('held-out set: expected at least 2 draws a context, got 1');
  });
});

describe('the losses of a look', () => {
  it('are of held-out and of trained paths, at the same places of them, as at the end of the training', async () => {
    const student = { name: 'one', method: 'trajectory', options: {}, training: { batch: 32, draws: 2, steps: 9 } };
    const [, losses] = distillationTask(student, 1, config, parameters, cache).validation?.measures ?? [];
    const { heldOutLoss = {}, trainedLoss = {} } = (await losses?.batches()) ?? {};
    expect([heldOutLoss.s, heldOutLoss.t]).toEqual([trainedLoss.s, trainedLoss.t]);
    expect(heldOutLoss.x_s?.shape).toEqual([8, 1, 3]); // half of 16 contexts, half of 2 draws
    const states = async (set: PathSet, rows: readonly number[]) => (await set.batch(rows, 1, 0)).conditional.data;
    expect(heldOutLoss.conditional?.data).toEqual(await states(cache.heldOut, [0, 1, 2, 3, 4, 5, 0, 1]));
    const order = stream('looks', 'trained').permutation(20);
    expect(trainedLoss.conditional?.data).toEqual(await states(cache, [...order.subarray(0, 8)]));
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
    const sets = { heldOut: { facts: { contexts: 64, draws: 16 } } };
    for (const [steps, batch] of [
      [600, 256],
      [1200, 512],
      [6000, 512],
      [8000, 512],
    ] as const) {
      const share = lookForwards(student(steps, batch), { student: 3 }, sets) / (steps * batch * 3);
      expect(share, `${steps} × ${batch}`).toBeLessThan(steps === 600 ? 0.03 : 0.02);
    }
    expect(energySizes({ steps: 1200, batch: 512 }, [1, 2, 4], 3)).toEqual({ contexts: 32, draws: 4 });
  });

  it('are counted: ends at each step count, and both losses', () => {
    const [student] = smallRecipe('students[0].steps=[1, 2]').students;
    if (student === undefined) throw new Error('the small recipe has no student');
    const sets = { heldOut: { facts: { contexts: 8, draws: 16 } } };
    const { probes } = trainingForwards(student, {}, sets);
    const look = 4 * 4 * 3 + 2 * 4; // 4 contexts of 4 draws, and of 4 contexts of one both losses
    expect(probes).toBe(16 * 7 + 6 * look);
    expect(trainingForwards(student, {}, sets, 30).all).toBe(30 * 16 * 3 + 16 * 4 + 3 * look);
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
    const names = ['heldOutEnergy', ...(needs?.other === 'beside' ? [] : ['heldOutLoss', 'trainedLoss'])];
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
