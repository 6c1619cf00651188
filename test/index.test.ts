import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import * as fewstep from '../src/index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-index-'));
});
afterAll(() => rm(folder, { recursive: true }));

const engine = fewstep.cpuEngine();
const config: fewstep.HeadConfig = { token: 2, condition: 4, width: 32, depth: 1, timeScale: 32 };
const source = { kind: 'gaussian', token: 2, condition: 4, std: 0.5, unconditionalStd: 1 } as const;
const [contexts, draws] = [64, 2];

/** Trains a student by trajectory regression in memory and takes it through a file. */
async function tinyStudent(teacher: fewstep.Teacher): Promise<fewstep.Student> {
  const solving = {
    solver: 'heun',
    steps: 16,
    keep: 8,
    contexts: 256,
    draws: 4,
    guidance: { min: 1, max: 2 },
  } as const;
  const cache = await fewstep.solveTrajectories(teacher, solving, engine);
  const training = { batch: 128, draws: 4, steps: 200 };
  const student = { name: 'tiny', method: 'trajectory', options: {}, training };
  const task = fewstep.distillationTask(student, 1, config, fewstep.studentFromScratch(config, 1), cache);
  const { average } = await fewstep.train(task, {
    ...{ steps: training.steps, engine, learningRate: 4e-3, warmup: 20, schedule: 'cosine' },
    ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0.98 },
    ...{ checkpoint: join(folder, 'checkpoint.safetensors'), checkpointEvery: 1000, logEvery: 1000 },
  });
  const path = join(folder, 'student.safetensors');
  await fewstep.writeStudent(path, { parameters: average, config, sampler: 'flow-map', metadata: {} });
  return fewstep.readStudent(path);
}

test('a method of one’s own that asks the teacher is trained by the library', async () => {
  const teacher = await fewstep.loadTeacher(source, engine);
  const range = { solver: 'euler', steps: 4, keep: 4, contexts, draws, guidance: { min: 2, max: 2 } } as const;
  const cache = await fewstep.solveTrajectories(teacher, range, engine);
  const mine = fewstep.defineMethod({
    title: 'Mine',
    source: 'a test',
    options: z.strictObject({}),
    sampler: 'velocity',
    forwards: { student: 3, teacher: 1 },
    needs: { teacher: true },
    create: () => ({
      specs: ({ contexts, draws, token }) => ({ x: { shape: [contexts, draws, token] }, t: { shape: [contexts] } }),
      draw: ({ contexts, draws, token }, random) => ({
        x: { shape: [contexts, draws, token], data: random.normal(contexts * draws * token) },
        t: { shape: [contexts], data: random.uniform(contexts) },
      }),
      targets: (_, { x, t }, velocity) => ({ slope: x && t ? velocity(x, t) : tf.scalar(Number.NaN) }),
      loss: (u, { x, t }, { slope }) => tf.mean(tf.squaredDifference(x && t ? u(x, t, t) : 0, slope ?? Number.NaN)),
    }),
  });
  const training = { batch: 64, draws, steps: 150 };
  const student = { name: 'mine', method: mine, options: {}, training };
  const start = fewstep.studentFromScratch(config, 1);
  const losses: number[] = [];
  await fewstep.train(fewstep.distillationTask(student, 1, config, start, cache, teacher), {
    ...{ steps: training.steps, engine, learningRate: 4e-3, warmup: 10, schedule: 'cosine' },
    ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0.98 },
    ...{ checkpoint: join(folder, 'mine.safetensors'), checkpointEvery: 1000, logEvery: 10 },
    onLog: ({ loss }) => void losses.push(loss),
  });
  expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? 0));
  await teacher.dispose();
});

/** One jump from noise to data, compiled. */
const oneStep = ({ config, sampler, parameters }: fewstep.Student): Promise<fewstep.Program> =>
  fewstep.compile(
    ({ noise, conditional, unconditional, w, ...weights }) => {
      if (!noise || !conditional || !unconditional || !w) throw new TypeError('an input is missing');
      const u = fewstep.meanVelocity(weights, config, { conditional, unconditional, w });
      return { data: fewstep.sample(sampler, u, noise, { times: fewstep.uniformTimes(1) }) };
    },
    {
      noise: { shape: ['batch', draws, config.token] },
      conditional: { shape: ['batch', config.condition] },
      unconditional: { shape: ['batch', config.condition] },
      w: { shape: ['batch'] },
    },
    { engine, constants: parameters },
  );

test('the library distils a teacher in this process: one step of the student lands where 16 of the teacher do', async () => {
  const teacher = await fewstep.loadTeacher(source, engine);
  const student = await tinyStudent(teacher);
  const solving = {
    solver: 'heun',
    steps: 16,
    keep: 1,
    contexts,
    draws,
    guidance: { min: 1, max: 2 },
    seed: 2,
  } as const;
  const fresh = await fewstep.solveTrajectories(teacher, solving, engine);
  const paths = await fresh.batch([...Array(contexts).keys()], draws, 0);
  const states = (at: number) =>
    Float32Array.from([...Array(contexts).keys()].flatMap((row) => [...paths.state(row, at)]));
  const [noise, expected] = [states(0), states(1)];
  const program = await oneStep(student);
  const { conditional, unconditional, w } = paths;
  const { data } = await program.run({
    noise: { shape: [contexts, draws, 2], data: noise },
    conditional,
    unconditional,
    w,
  });
  expect(data?.shape).toEqual([contexts, draws, 2]);
  expect(meanSquare(data?.data ?? [], expected)).toBeLessThan(0.02 * meanSquare(noise, expected));
  await program.dispose();
  await teacher.dispose();
});

const meanSquare = (a: ArrayLike<number>, b: Float32Array): number =>
  b.reduce((sum, value, i) => sum + ((a[i] ?? Number.NaN) - value) ** 2, 0) / b.length;
