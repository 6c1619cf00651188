/** The raw error of students: what it is, whom it accuses, and whom it does not. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MethodName, methods } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { adviceFor } from '../../../src/distillation/train/advice.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { probeOf } from '../../../src/distillation/train/probe.ts';
import { trainStudent } from '../../../src/distillation/train/student-job.ts';
import { openCache, type TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
import { DivergedError } from '../../../src/ground/errors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { values } from '../../eager.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';
import { inFolder, smallCache, smallJob } from './small-job.ts';

const engine = { kind: 'onnx', provider: 'cpu', threads: 1 } as const;
let base: string;
let cache: TrajectoryCache;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-raw-error-'));
  await smallCache(join(base, 'cache'));
  cache = await openCache(join(base, 'cache'));
});
afterAll(() => rm(base, { recursive: true }));

const tensors = (record: Readonly<Record<string, HostTensor>>) =>
  Object.fromEntries(Object.entries(record).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

describe('the raw error of a student', () => {
  const config = { token: 2, condition: 2, width: 8, depth: 1, timeScale: 32 };
  const rms = (numbers: readonly number[]): number => Math.hypot(...numbers) / Math.sqrt(numbers.length);

  it.each([
    [3, 2],
    [5, 1],
  ])(
    'is how far one step lands from the cached ends, on the scale of one that knows no pairs: %i × %i',
    async (contexts, draws) => {
      const solved = {
        solver: 'euler',
        steps: 2,
        keep: 2,
        contexts: 3,
        draws: 2,
        guidance: { min: 1, max: 3 },
      } as const;
      const paths = await solveTrajectories(straightTeacher(), solved, { ...engine, kind: 'tfjs' });
      const probe = probeOf('flow-map', config, paths, { contexts, draws });
      const { tensors: batch, scale } = await probe.batch();
      const [noise, end] = [batch.noise, batch.end].map((tensor) => Array.from(tensor?.data ?? []));
      expect(noise).toHaveLength(contexts * draws * 2);
      const cached = await paths.batch([0, 1, 2], draws, 0);
      expect(noise?.slice(0, 2 * draws)).toEqual([...cached.state(0, 0)]);
      expect(end?.slice(2 * draws, 4 * draws)).toEqual([...cached.state(1, 2)]);
      const moved = end?.map((x, i) => x - (noise?.[i] ?? 0)) ?? [];
      const [error] = values(() => probe.error(tensors(studentFromScratch(config, 1)), tensors(batch)));
      expect(error).toBeCloseTo(rms(moved), 3); // a fresh student jumps nowhere
      const others = Array.from({ length: contexts * draws }, (_, row) => {
        const [b, k] = [Math.floor(row / draws), row % draws];
        return draws > 1 ? b * draws + ((k + 1) % draws) : (row + 1) % (contexts * draws);
      });
      const mixed = others.flatMap((other, row) =>
        [0, 1].map((i) => (end?.[2 * row + i] ?? 0) - (end?.[2 * other + i] ?? 0)),
      );
      expect(scale).toBeCloseTo(Math.max(rms(moved), rms(mixed)), 4);
    },
  );
});

describe('a training that is watched', () => {
  it('at an absurd learning rate is stopped with the student’s name, its error, and advice on its own knobs', async () => {
    const folder = join(base, 'absurd');
    await mkdir(folder);
    const set = ['students[0].training.learningRate=1', 'students[0].training.steps=400'];
    const error = await trainStudent(smallJob(join(base, 'cache'), folder, ...set), () => {}).catch((found) => found);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toMatch(
      /^training of one diverged at step \d+: raw error [\d.]+, the last of 3 looks above [\d.]+; at its best, at step \d+, it was [\d.]+; the last good checkpoint is \S+checkpoint\.safetensors \(step \d+\); lower training\.learningRate \(1\) or training\.clip \(1\), raise training\.warmup \(100\)$/,
    );
    expect(await readFile(inFolder(folder, 'metrics'), 'utf8')).toContain('"rawError":');
  });

  const teacher = gaussianTeacher({ token: 3, condition: 4, std: 0.5, unconditionalStd: 1 });
  const config = { token: 3, condition: 4, width: 16, depth: 1, timeScale: 32 };
  const [student] = smallRecipe().students;

  async function errorsOf(method: MethodName, start: Parameters, steps: number): Promise<number[]> {
    if (student === undefined) throw new Error('the small recipe has no student');
    const lines: TrainingLog[] = [];
    const task = distillationTask({ ...student, method, options: {} }, 1, config, start, cache, teacher);
    await train(task, {
      ...student.training,
      learningRate: 2e-3,
      ...methods[method].training,
      ...{ steps, warmup: 20, epsilon: 1e-8, engine, checkpointEvery: steps, logEvery: 10, probeEvery: 10 },
      checkpoint: join(base, `${method}-${made++}.safetensors`),
      onLog: (line) => void lines.push(line),
    });
    return lines.map(({ rawError }) => rawError ?? Number.NaN);
  }
  let made = 0;

  it.each(Object.keys(methods) as MethodName[])('is not stopped where nothing is wrong: %s', async (method) => {
    const fresh = studentFromScratch(config, 1);
    const errors = await errorsOf(method, fresh, 40);
    expect(errors).toHaveLength(4);
    expect(errors.every(Number.isFinite)).toBe(true);
  });

  it.each(['energy', 'drifting', 'on-policy', 'dmd2', 'progressive'] as const)(
    'is not stopped where it finishes a student that is nearly right: %s',
    async (method) => {
      finished ??= trainedBy();
      expect(await errorsOf(method, await finished, 40)).toHaveLength(4);
    },
  );
  let finished: Promise<Parameters> | undefined;
  const trainedBy = async (): Promise<Parameters> => {
    if (student === undefined) throw new Error('the small recipe has no student');
    const task = distillationTask(
      { ...student, method: 'trajectory', options: {} },
      1,
      config,
      studentFromScratch(config, 1),
      cache,
    );
    const { average } = await train(task, {
      ...student.training,
      ...{
        steps: 300,
        learningRate: 5e-3,
        warmup: 20,
        ema: 0.9,
        epsilon: 1e-8,
        engine,
        checkpointEvery: 300,
        logEvery: 300,
      },
      checkpoint: join(base, 'finished.safetensors'),
    });
    return average;
  };
});

it('advice names the knobs that a student has, with what they are', () => {
  const training = { ...smallRecipe().students[0]?.training, learningRate: 0.01, clip: 1, warmup: 0 } as never;
  expect(adviceFor({ training, options: { huber: 0.03 } })).toBe(
    'lower training.learningRate (0.01) or training.clip (1), raise training.warmup (0)',
  );
  expect(adviceFor({ training, options: { diagonal: 0.25, warmup: 0.1, power: 1 } })).toBe(
    'lower training.learningRate (0.01) or training.clip (1), raise training.warmup (0), raise options.diagonal (0.25), ' +
      'raise options.warmup (0.1)',
  );
});
