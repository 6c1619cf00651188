import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { methods } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { openCache, type TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { OptimizerName } from '../../../src/engine/training/optimizer.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { smallCache } from './small-job.ts';

const config = { token: 3, condition: 4, width: 16, depth: 1, timeScale: 32 };
const teacher = gaussianTeacher({ token: 3, condition: 4, std: 0.5, unconditionalStd: 1 });
const steps = 12;
let base: string;
let cache: TrajectoryCache;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-engines-'));
  await smallCache(join(base, 'cache'));
  cache = await openCache(join(base, 'cache'));
});
afterAll(() => rm(base, { recursive: true }));

/** Weights none of which is zero: a fresh student jumps nowhere, and two of its jumps land where one does. */
const moved = (weights: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => {
      const by = stream('moved', name).normal(data.length);
      return [name, { shape, data: data.map((value, i) => value + 0.1 * (by[i] ?? 0)) }];
    }),
  );

/** The losses of a training of a few steps. */
async function losses(
  method: string,
  kind: Engine['kind'],
  optimizer: OptimizerName = 'adamw',
): Promise<TrainingLog[]> {
  const [student] = smallRecipe('students[0].training.warmup=5').students;
  if (student === undefined) throw new Error('the small recipe has no student');
  const lines: TrainingLog[] = [];
  const sized = { ...config, ...(optimizer === 'muon' && { width: 32 }) }; // the least that Muon takes
  const start = moved(studentFromScratch(sized, 1));
  await train(distillationTask({ ...student, method, options: {} }, 1, sized, start, cache, teacher), {
    ...student.training,
    steps,
    optimizer,
    epsilon: 1e-8,
    engine: { kind, provider: 'cpu', threads: 1 },
    checkpoint: join(base, `${method}-${kind}-${optimizer}.safetensors`),
    logEvery: 1,
    onLog: (line) => void lines.push(line),
  });
  return lines;
}

it.each([...Object.keys(methods).map((method) => [method, 'adamw'] as const), ['trajectory', 'muon'] as const])(
  '%s by %s has the same losses traced on onnxruntime and eagerly on tfjs',
  async (method, optimizer) => {
    const traced = await losses(method, 'onnx', optimizer);
    const eager = await losses(method, 'tfjs', optimizer);
    expect(traced.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    for (const [i, { loss }] of traced.entries())
      expect(Math.abs(loss / (eager[i]?.loss ?? 0) - 1), `step ${i + 1}`).toBeLessThan(1e-4);
    expect(traced.at(-1)?.loss).not.toBeCloseTo(traced[0]?.loss ?? 0, 3);
  },
);
