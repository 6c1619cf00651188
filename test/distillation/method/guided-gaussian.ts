/** Students of the guided exact Gaussian: trained for seconds, and how far their ends are from the closed form. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MethodName, methodNamed } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { samplerProgram } from '../../../src/distillation/student/program.ts';
import { distillationTask, withoutOthers } from '../../../src/distillation/train/distil-student.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { compile } from '../../../src/engine/compile.ts';
import { train } from '../../../src/engine/training/loop.ts';
import { studentTrainingDefaults } from '../../../src/engine/training/training-schema.ts';
import { teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextFeeds } from '../../../src/heads/context.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';

const engine = { kind: 'onnx', provider: 'cpu', threads: 1 } as const;
const teacher = gaussianTeacher({ token: 2, condition: 3, std: 0.5, unconditionalStd: 1 });
const config: HeadConfig = { token: 2, condition: 3, width: 32, depth: 1, timeScale: 32 };
const guidance = { min: 1, max: 2 };

/** The paths that all students are trained on. */
export const gaussianPaths = (): Promise<TrajectoryCache> =>
  solveTrajectories(teacher, { solver: 'heun', steps: 64, keep: 16, contexts: 4096, draws: 4, guidance }, engine);

/** How a student is trained; the method's own defaults where nothing is given. */
export interface GaussianTraining {
  readonly steps: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly learningRate?: number;
  readonly start?: Parameters;
}

/** The weights of a student by a method, after a short training. */
export async function trainedOnGaussian(
  name: MethodName,
  cache: TrajectoryCache,
  { steps, options = {}, learningRate = 4e-3, start }: GaussianTraining,
): Promise<Parameters> {
  const method = methodNamed(name);
  const student = {
    ...{ name, method: name, options: method.options.parse(options) as Record<string, unknown> },
    training: { batch: 256, draws: 4, steps },
  };
  const { draws: _, ...usual } = { draws: 4, ...studentTrainingDefaults, ...method.training };
  const task = distillationTask(student, 1, config, start ?? studentFromScratch(config, 1), cache, teacher);
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-gaussian-'));
  const { average } = await train(task, {
    ...{ ...usual, steps, learningRate, epsilon: 1e-8, ema: 0.99, engine, checkpointEvery: steps, logEvery: steps },
    checkpoint: join(folder, 'checkpoint.safetensors'),
  }).finally(() => rm(folder, { recursive: true }));
  return withoutOthers(average);
}

/** Where a student's ends are: their spread and the part along the mean, both as shares of the exact ones. */
export interface GaussianEnds {
  readonly scale: number;
  readonly shift: number;
}

const [rows, draws] = [256, 64];

/** The ends of a student at a guidance scale, under contexts that it was not trained on. */
export async function endsOnGaussian(
  name: MethodName,
  parameters: Parameters,
  steps: number,
  w: number,
): Promise<GaussianEnds> {
  const { token } = config;
  const drawn = (name: string, count: number): HostTensor<Float32Array> => ({
    shape: [rows, ...(name === 'fresh' ? [count] : []), draws, token],
    data: stream('guided Gaussian', name).normal(rows * count * draws * token),
  });
  const contexts = await teacher.contexts({ rows, key: ['held out'], freeRunning: 0, guidance, split: 'test' });
  const input = { ...contexts, w: { shape: [rows], data: new Float32Array(rows).fill(w) }, noise: drawn('noise', 1) };
  const { fn, specs } = samplerProgram({ config, sampler: methodNamed(name).sampler }, steps, draws);
  const program = await compile(fn, specs, { engine, constants: parameters });
  const fresh = specs.fresh_noise && { fresh_noise: drawn('fresh', steps - 1) };
  const { sample } = await program.run({ noise: input.noise, ...contextFeeds(config, input, 'input'), ...fresh });
  await program.dispose();
  const exact = await teacherSampler(teacher, draws, 'rk4', 32, engine);
  const aim = moments((await exact.run(input)).data);
  await exact.dispose();
  const own = moments(sample?.data as Float32Array);
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  return {
    scale: Math.sqrt(own.variance / aim.variance),
    shift: dot(own.means, aim.means) / dot(aim.means, aim.means),
  };
}

/** The means of every context [E·D], and the sum of their variances. */
function moments(data: Float32Array): { readonly means: readonly number[]; readonly variance: number } {
  const { token } = config;
  const groups = Array.from({ length: rows * token }, (_, place) => {
    const [row, i] = [Math.floor(place / token), place % token];
    return Array.from({ length: draws }, (_, k) => data[(row * draws + k) * token + i] ?? Number.NaN);
  });
  const means = groups.map((group) => group.reduce((sum, x) => sum + x, 0) / draws);
  const squares = groups.map((group, i) => group.reduce((sum, x) => sum + (x - (means[i] ?? 0)) ** 2, 0));
  return { means, variance: squares.reduce((sum, x) => sum + x, 0) / (draws - 1) };
}
