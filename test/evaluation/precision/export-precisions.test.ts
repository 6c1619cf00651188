import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportStudent } from '../../../src/distillation/export/students.ts';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentShapes } from '../../../src/distillation/student/network.ts';
import type { Program } from '../../../src/engine/graph/program.ts';
import { randomlyMeasured } from '../../../src/evaluation/precision/contexts.ts';
import { exportPrecisions, removeOutdated } from '../../../src/evaluation/precision/export-precisions.ts';
import { readPrecisions } from '../../../src/evaluation/precision/file.ts';
import { DRAWS, drawsOf, qualityOf } from '../../../src/evaluation/precision/measure.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const config = { token: 3, condition: 96, width: 64, depth: 1, timeScale: 32 };
let folder = '';
const written = (seed: number) =>
  writeStudent(join(folder, 'source.safetensors'), {
    ...{ config, sampler: 'flow-map', metadata: {} },
    parameters: Object.fromEntries(
      Object.entries(studentShapes(config)).map(([name, shape]) => {
        const data = stream('precisions', name, seed).normal(sizeOf(shape));
        return [name, { shape, data: data.map((value) => value / Math.sqrt(shape[1] ?? 64)) }];
      }),
    ),
  });
const request = () => ({ name: 'a', path: join(folder, 'source.safetensors'), steps: [1, 2] });
const contexts = randomlyMeasured(config, 12);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-precisions-'));
  await written(1);
  await exportStudent(request(), join(folder, 'a'));
});
afterAll(() => rm(folder, { recursive: true }));

it('measures every sampler in float32 and in each precision, and keeps what was measured before', async () => {
  const at = join(folder, 'a');
  await exportPrecisions(request(), at, ['float16'], contexts);
  const { files, measured } = await exportPrecisions(request(), at, ['int8'], contexts);
  expect(files).toEqual(['head.int8.onnx', 'sampler-1.int8.onnx', 'sampler.int8.onnx', 'precisions.json']);
  expect(await readPrecisions(at)).toEqual(measured);
  expect(measured.samplers.map(({ file }) => file)).toEqual([
    ...['sampler-1.onnx', 'sampler-1.int8.onnx', 'sampler.onnx', 'sampler.int8.onnx'],
    ...['sampler-1.float16.onnx', 'sampler.float16.onnx'],
  ]);
  for (const { precision, quality, speed, bytes } of measured.samplers) {
    expect([speed.map(({ batch }) => batch), bytes > 10_000]).toEqual([[1, 256], true]);
    expect(quality === undefined).toBe(precision === 'float32');
    if (quality === undefined) continue;
    const { distance, floor, excess } = quality;
    expect(distance.value - floor.value).toBeCloseTo(excess.value, 8);
    expect(Math.abs(excess.value)).toBeLessThan(0.02);
    expect(excess.value).not.toBe(0);
  }
});

it('draws as often under each context as there are draws, whole calls and the rest', async () => {
  const heard: number[] = [];
  const sampler: Program = {
    inputs: { noise: { shape: ['batch', 3] }, guidance: { shape: ['batch'] } },
    outputs: ['sample'],
    run: async ({ noise, guidance }) => {
      heard.push(...(guidance?.data ?? []));
      return { sample: noise ?? { shape: [], data: new Float32Array() } };
    },
    dispose: async () => {},
  };
  const context = { ...contexts.context, w: { shape: [12], data: Float32Array.from({ length: 12 }, (_, i) => i) } };
  await drawsOf(sampler, { config }, { ...contexts, context }, ['each']);
  expect(heard).toEqual(Array.from({ length: 12 * DRAWS }, (_, row) => Math.floor(row / DRAWS)));
});

it('finds draws that are moved by more than the floor, and none that are the same', () => {
  const draws = (key: string, move = 0) => ({
    shape: [40, 16, 2],
    data: stream('moved', key)
      .normal(40 * 16 * 2)
      .map((value) => value + move),
  });
  const float = { same: draws('same'), other: draws('other') };
  expect(qualityOf('f', float.same, float).excess).toEqual({ value: 0, low: 0, high: 0 });
  const { excess, toTeacher, toTeacherBefore } = qualityOf('f', draws('same', 0.5), float, draws('teacher'));
  expect(excess.low).toBeGreaterThan(0.05);
  expect(toTeacher?.value).toBeGreaterThan(toTeacherBefore?.value ?? 1);
  const odd = { ...float.same, data: float.same.data.map((value, i) => (i === 5 ? Number.NaN : value)) };
  expect(() => qualityOf('sampler.int8.onnx', odd, float)).toThrow('sampler.int8.onnx: expected finite samples');
});

it('removes files in other precisions when the weights become others, and no file else', async () => {
  const at = join(folder, 'a');
  await writeFile(join(at, 'own.int8.txt'), '');
  await removeOutdated(at);
  expect(await readdir(at)).toContain('sampler.int8.onnx');
  await written(2);
  await exportStudent(request(), at);
  await removeOutdated(at);
  expect((await readdir(at)).sort()).toEqual([
    ...['head.onnx', 'head.safetensors', 'own.int8.txt', 'sampler-1.onnx', 'sampler.onnx'],
  ]);
});

it('a damaged file of measurements is said to be one', async () => {
  await writeFile(join(folder, 'precisions.json'), '{"format":1,"samplers":[{"file":"../../x.onnx"}]}');
  await expect(readPrecisions(folder)).rejects.toThrow(/precisions\.json: .*; export the student again/);
  expect(await readPrecisions(join(folder, 'nowhere'))).toBeUndefined();
});
