import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cpuEngine, type Engine } from '../../../src/engine/graph/program.ts';
import { FileError } from '../../../src/ground/errors.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { TokenHead } from '../../../src/teachers/backbone/draw.ts';
import { guidedWithin } from '../../../src/teachers/guidance-interval.ts';
import { imageConfig, initialImageModel } from '../../../src/teachers/image/model.ts';
import { imageTeacher } from '../../../src/teachers/image/teacher.ts';
import { weightsPath, writeImageWeights } from '../../../src/teachers/image/weights.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const config = imageConfig({
  data: 'mnist',
  patch: 14,
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
});
const token = config.backbone.token;
let folder: string;
let teacher: Teacher;

/** Weights none of which is where it starts: new modulations are zeros, which tell no time from another. */
const moved = (parameters: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => {
      const by = stream('moved', name).normal(data.length);
      return [name, { shape, data: data.map((value, i) => value + 0.3 * (by[i] ?? 0)) }];
    }),
  );

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'digits-teacher-'));
  const flat = { mean: new Float32Array(token).fill(0.5), std: new Float32Array(token).fill(0.25) };
  await writeImageWeights(folder, { config, parameters: moved(initialImageModel(config, 1)), normalization: flat });
  teacher = await imageTeacher(folder, engine);
});
afterAll(async () => {
  await teacher.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const request = {
  rows: 10,
  key: ['test', 1],
  freeRunning: 0.4,
  split: 'train',
  guidance: { min: 1, max: 2 },
} as const;

test('contexts come image by image, teacher-forced ones first, and are the same for the same key', async () => {
  const contexts = await teacher.contexts(request);
  expect([...contexts.provenance.data]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
  expect([...contexts.position.data]).toEqual([0, 1, 2, 3, 0, 1, 0, 1, 2, 3]);
  expect(contexts.conditional.shape).toEqual([10, 8]);
  expect(await teacher.contexts(request)).toEqual(contexts);
  const others = await teacher.contexts({ ...request, key: ['test', 2] });
  expect(others.conditional.data).not.toEqual(contexts.conditional.data);
});

test('contexts apart are one of each image, places going round, drawn ones last', async () => {
  const apart = await teacher.contexts({ ...request, rows: 5, apart: true });
  expect([...apart.position.data]).toEqual([0, 1, 2, 3, 0]);
  expect([...apart.provenance.data]).toEqual([0, 0, 0, 1, 1]);
  const whole = await teacher.contexts({ ...request, rows: 20 });
  const rows = [0, 5, 10, 15, 16];
  for (const states of ['conditional', 'unconditional'] as const)
    expect([...apart[states].data]).toEqual(
      rows.flatMap((row) => [...whole[states].data.subarray(8 * row, 8 * row + 8)]),
    );
});

test('the first unconditional state is the same for every image, later ones see the image', async () => {
  const { unconditional, position } = await teacher.contexts({ ...request, freeRunning: 0 });
  const row = (i: number) => Array.from(unconditional.data.subarray(8 * i, 8 * i + 8), (value) => value.toFixed(4));
  const [first, second] = [...position.data.entries()].filter(([, at]) => at === 0).map(([i]) => i);
  expect(row(first ?? -1)).toEqual(row(second ?? -1));
  expect(row((first ?? 0) + 1)).not.toEqual(row((second ?? 0) + 1));
});

test('solvers that ask at both ends of a step give the same bytes by a velocity in parts, whole chunks and the rest', async () => {
  const { parts, ...whole } = teacher;
  expect(parts).toBeDefined();
  const random = stream('parts');
  const [rows, draws, condition] = [5, 2, teacher.condition];
  const states = () => ({ shape: [rows, condition], data: random.normal(rows * condition) });
  const input = {
    ...{ conditional: states(), unconditional: states() },
    w: { shape: [rows], data: random.uniform(rows) },
    noise: { shape: [rows, draws, token], data: random.normal(rows * draws * token) },
  };
  for (const solver of ['heun', 'rk4', 'midpoint'] as const) {
    const options = { solver, steps: 3, keep: 3, chunk: 2, times: [0, 0.2, 0.7, 1] };
    const [apart, together] = [
      await teacherSolver(teacher, draws, options, cpuEngine()),
      await teacherSolver(whole, draws, options, cpuEngine()),
    ];
    const { data } = await apart.paths(input);
    expect(data).toEqual((await together.paths(input)).data);
    expect(await apart.paths(input, [0, 0.5, 0.6, 1])).toEqual(await together.paths(input, [0, 0.5, 0.6, 1]));
    await apart.dispose();
    await together.dispose();
  }
});

test('a teacher that is guided within an interval has no parts, which would guide at all times', () => {
  expect(guidedWithin(teacher, { from: 0.2, to: 0.8 }).parts).toBeUndefined();
});

test('more images than are drawn at once are those of their own batches, of which heads are told', async () => {
  const count = 203; // one batch of 200 and a rest
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  const noise = { shape: [count, 4, token], data: stream('many').normal(count * 4 * token) };
  const firsts: [number | undefined, number][] = [];
  const head: TokenHead = async ({ noise, conditional, first }) => {
    firsts.push([first, noise.shape[0] ?? 0]);
    return {
      shape: noise.shape,
      data: noise.data.map((z, i) => z * Math.abs(conditional.data[8 * Math.floor(i / token)] ?? 0)),
    };
  };
  const drawn = await teacher.images?.generate({ labels, noise }, head);
  expect(firsts).toEqual([...Array(4).fill([0, 200]), ...Array(4).fill([200, 3])]);
  const [from, pixels] = [199, 28 * 28];
  const last = await teacher.images?.generate(
    { labels: labels.subarray(from), noise: { shape: [4, 4, token], data: noise.data.subarray(from * 4 * token) } },
    head,
  );
  const tail = drawn?.images.data.subarray(from * pixels) ?? new Float32Array();
  expect(new Set(tail).size).toBeGreaterThan(20);
  for (const [i, value] of (last?.images.data ?? []).entries())
    expect(Math.abs(value - (tail[i] ?? Number.NaN))).toBeLessThan(1.5 / 255);
});

test('a head that always answers the mean draws even grey images and is timed', async () => {
  const labels = Int32Array.from([3, 1, 4]);
  const noise = { shape: [3, 4, token], data: stream('noise').normal(3 * 4 * token) };
  const drawn = await teacher.images?.generate({ labels, noise }, async (request) => ({
    shape: request.noise.shape,
    data: new Float32Array(request.noise.data.length),
  }));
  expect(drawn?.images.shape).toEqual([3, 28, 28]);
  expect(new Set(drawn?.images.data)).toEqual(new Set([Math.fround(128 / 255)]));
  expect(drawn?.seconds).toBeGreaterThanOrEqual(drawn?.headSeconds ?? Number.NaN);
});

test('real images are balanced over digits and parts share none', () => {
  const parts = [0, 1].map((part) => teacher.images?.real(50, part));
  expect([...(parts[0]?.labels ?? [])].slice(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  const keys = parts.flatMap((part) =>
    Array.from({ length: 50 }, (_, i) => part?.images.data.subarray(784 * i, 784 * (i + 1)).join()),
  );
  expect(new Set(keys).size).toBe(100);
});

test('weights that were cut short are refused', async () => {
  const broken = mkdtempSync(path.join(tmpdir(), 'digits-broken-'));
  const mean = new Float32Array(token);
  await writeImageWeights(broken, {
    config,
    parameters: initialImageModel(config, 1),
    normalization: { mean, std: mean },
  });
  truncateSync(weightsPath(broken), 5000);
  await expect(imageTeacher(broken, engine)).rejects.toThrow(FileError);
  rmSync(broken, { recursive: true });
});
