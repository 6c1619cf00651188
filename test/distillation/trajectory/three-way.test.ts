import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { studentConfigOf, studentFromTeacher } from '../../../src/distillation/student/network.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { makeShard } from '../../../src/distillation/trajectory/job.ts';
import { readShard, writeShard } from '../../../src/distillation/trajectory/shard.ts';
import { rowsInFile, rowsInMemory } from '../../../src/distillation/trajectory/shard-rows.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import { studentSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { Velocity } from '../../../src/heads/flow.ts';
import { solve, uniformTimes } from '../../../src/heads/solver/solver.ts';
import { solvers } from '../../../src/heads/solver/table.ts';
import { headVelocity } from '../../../src/heads/velocity.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedTeacher } from '../../../src/teachers/imported/teacher.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import type { ContextSource, Teacher } from '../../../src/teachers/teacher.ts';
import { relativeError, values } from '../../eager.ts';
import { leftOpen, nothing } from '../../held.ts';

const [rows, condition, token, w, wImage] = [3, 24, 8, 4, 2];
const states = (name: string): HostTensor<Float32Array> => ({
  shape: [rows, condition],
  data: stream(name).normal(rows * condition),
});
const source: ContextSource = {
  hash: 'hash',
  condition,
  threeWay: true,
  contexts: async () => ({
    conditional: states('conditional'),
    unconditional: states('unconditional'),
    imageOnly: states('image'),
    position: { shape: [rows], data: new Int32Array(rows) },
    provenance: { shape: [rows], data: new Int32Array(rows) },
  }),
};

let folder = '';
let teacher: Teacher;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-three-way-'));
  const weights = fileURLToPath(new URL('../../fixtures/nextstep-a.weights.safetensors', import.meta.url));
  await importHead(weights, { family: 'nextstep', name: 'nextstep', output: folder });
  teacher = await importedTeacher(folder, source, wImage);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const engine = cpuEngine();
const request = { draws: 2, solver: 'euler', steps: 4, keep: 2, guidance: { min: w, max: w } } as const;
const tensor = ({ data, shape }: HostTensor): tf.Tensor => tf.tensor(data, [...shape]);

it('paths are those of u2 + wImage·(u1 − u2) + w·(c − u1), and cost three evaluations a step', async () => {
  const solver = await teacherSolver(teacher, 2, request, engine);
  expect(solver.forwards).toBe(3 * 4);
  const job = { ...request, seed: 1, index: 0, rows, freeRunning: 0 };
  const shard = await makeShard(job, teacher, solver, engine);
  await solver.dispose();
  const size = 2 * token;
  const at = (state: number): number[] =>
    Array.from({ length: rows }, (_, row) => [
      ...shard.states.data.subarray((3 * row + state) * size, (3 * row + state + 1) * size),
    ]).flat();
  const expected = values(() => {
    const parameters: NamedTensors = Object.fromEntries(
      Object.entries(teacher.parameters).map(([name, host]) => [name, tensor(host)]),
    );
    const head = teacher.head ?? { token, condition, width: 1, depth: 1, timeScale: 1 };
    const under = (name: string): Velocity => headVelocity(parameters, head, tensor(states(name)));
    const [c, u1, u2] = [under('conditional'), under('image'), under('unconditional')];
    const velocity: Velocity = (x, t) => {
      const [a, b, n] = [c(x, t), u1(x, t), u2(x, t)];
      return tf.addN([n, tf.mul(wImage, tf.sub(b, n)), tf.mul(w, tf.sub(a, b))]);
    };
    return solve(solvers.euler, velocity, tf.tensor(at(0), [rows, 2, token]), uniformTimes(4));
  });
  expect(relativeError(at(2), expected)).toBeLessThan(1e-5);

  const path = join(folder, 'shard.safetensors');
  await writeShard(path, shard, {});
  const read = await readShard(path);
  expect(read.imageOnly).toEqual(shard.imageOnly);
  expect(await rowsInFile(path, read).read([2, 0])).toEqual(await rowsInMemory(shard).read([2, 0]));
  expect(await leftOpen(() => rowsInFile(path, read).read([1]))).toEqual(nothing);
});

it('students are trained and sampled with the third state and its scale', async () => {
  const cache = await solveTrajectories(teacher, { ...request, contexts: rows }, engine);
  const head = teacher.head;
  if (head === undefined) throw new Error('expected a head');
  const config = studentConfigOf(head);
  const parameters = studentFromTeacher(teacher.parameters, head, 1);
  const student = { name: 'student', method: 'trajectory', options: {}, training: { batch: 4, draws: 2, steps: 1 } };
  const task = distillationTask(student, 1, config, parameters, cache);
  expect(task.batchSpecs.imageOnly).toEqual({ shape: [2, condition] });
  const batch = await task.batch(0);
  expect(batch.wImage?.data).toEqual(Float32Array.of(wImage, wImage));
  const image = states('image').data;
  const first = batch.imageOnly?.data.subarray(0, condition) ?? [];
  expect([0, 1, 2].some((row) => image.subarray(row * condition, (row + 1) * condition).join() === first.join())).toBe(
    true,
  );

  const sampler = await studentSampler({ parameters, config, sampler: 'flow-map' }, 1, 2, engine, ['key']);
  const scales = (scale: number) => ({ shape: [rows], data: new Float32Array(rows).fill(scale) });
  const noise = { shape: [rows, 1, token], data: stream('noise').normal(rows * token) };
  const { imageOnly, ...contexts } = await source.contexts({ ...job });
  const drawn = await sampler.run({
    ...contexts,
    ...(imageOnly && { imageOnly }),
    w: scales(w),
    wImage: scales(2),
    noise,
  });
  expect(drawn.shape).toEqual([rows, 1, token]);
  await expect(sampler.run({ ...contexts, w: scales(w), noise })).rejects.toThrow('expected imageOnly for three-way');
  await sampler.dispose();
});

const job = { rows, key: [], freeRunning: 0, split: 'test', guidance: { min: w, max: w } } as const;
