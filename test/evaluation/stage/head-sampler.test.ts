import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { onnxOf } from '../../../src/distillation/export/onnx.ts';
import type { Student } from '../../../src/distillation/student/file.ts';
import { studentFromScratch, studentShapes } from '../../../src/distillation/student/network.ts';
import { jumpProgram, samplerProgram } from '../../../src/distillation/student/program.ts';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { studentSampler, teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextFeeds, contextKeys, contextParts, type HostContext, mapParts } from '../../../src/heads/context.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { rowsBetween } from '../../../src/teachers/solve/chunk.ts';
import { relativeError } from '../../eager.ts';
import { leftOpen, nothing } from '../../held.ts';

const [rows, draws, steps] = [4, 2, 3];
const sizes: HeadConfig = { token: 3, condition: 5, width: 16, depth: 1, timeScale: 32 };

const random = (name: string, shape: readonly number[]): HostTensor<Float32Array> => ({
  shape,
  data: stream('head-sampler', name).normal(sizeOf(shape)),
});
const states = (name: string) => random(name, [rows, sizes.condition]);
const context: Required<HostContext> = {
  ...{ conditional: states('conditional'), unconditional: states('unconditional'), w: random('w', [rows]) },
  ...{ imageOnly: states('imageOnly'), wImage: random('wImage', [rows]) },
};

/** Draw k of tensors [rows, …, K, D] that the second-last axis counts, as [rows, …, D]. */
const drawOf = ({ shape, data }: HostTensor, k: number): ort.Tensor => {
  const token = sizes.token;
  const kept = Float32Array.from(data).filter((_, i) => Math.floor(i / token) % draws === k);
  return new ort.Tensor('float32', kept, [...shape.slice(0, -2), token]);
};

const own = [0, 0.125, 0.5, 1];

it.each<[string, Pick<Student, 'config' | 'sampler' | 'times'>]>([
  ['plain', { config: sizes, sampler: 'flow-map' }],
  ['re-noising', { config: sizes, sampler: 'consistency-renoised' }],
  ['re-noising', { config: sizes, sampler: 'consistency-renoised', times: { 'consistency-renoised': { 3: own } } }],
  ['own-timed', { config: sizes, sampler: 'flow-map', times: { 'flow-map': { 3: own } } }],
  ['three-way guided', { config: { ...sizes, guidance: 'three-way' }, sampler: 'consistency-renoised' }],
  ['original-signature', { config: { ...sizes, signature: 'original' }, sampler: 'velocity' }],
])('a %s student gives in an evaluation what its exported sampler gives', async (_, { config, sampler, times }) => {
  const parameters = Object.fromEntries(
    Object.entries(studentShapes(config)).map(([name, shape]) => {
      const { data } = random(name, shape);
      return [name, { shape, data: data.map((value) => 0.2 * value) }];
    }),
  );
  const student: Student = { parameters, config, sampler, ...(times && { times }), metadata: {} };
  const noise = random('noise', [rows, draws, config.token]);
  const measured = await studentSampler(student, draws, steps, cpuEngine(), ['key']);
  const found = await measured.run({ ...context, noise });
  await measured.dispose();

  const session = await ort.InferenceSession.create(onnxOf(samplerProgram(student, steps), student));
  const fresh = {
    shape: [rows, steps - 1, draws, config.token],
    data: stream('key', 'fresh', 0).normal(rows * (steps - 1) * draws * config.token),
  };
  for (let k = 0; k < draws; k++) {
    const all: Record<string, ort.Tensor> = { noise: drawOf(noise, k), fresh_noise: drawOf(fresh, k) };
    for (const key of contextKeys)
      all[contextParts[key].input] = new ort.Tensor('float32', context[key].data, [...context[key].shape]);
    const feeds = session.inputNames.map((name) => [name, all[name]]);
    const { sample } = await session.run(Object.fromEntries(feeds));
    expect(
      relativeError(Array.from(drawOf(found, k).data, Number), Array.from(sample?.data ?? [], Number)),
    ).toBeLessThan(1e-5);
  }
});

it('a student takes its own times for the step count that has some, by jumps from each to the next', async () => {
  const student = { parameters: studentFromScratch(sizes, 1), config: sizes, sampler: 'flow-map' } as const;
  const moved = Object.entries(student.parameters).map(([name, { shape }]) => {
    const { data } = random(name, shape);
    return [name, { shape, data: data.map((value) => 0.2 * value) }] as const;
  });
  const parameters = Object.fromEntries(moved);
  const noise = random('noise', [rows, draws, sizes.token]);
  const jumped = async (times: readonly number[]): Promise<number[]> => {
    const { fn, specs } = jumpProgram(student, draws);
    const jump = await compile(fn, specs, { engine: cpuEngine(), constants: parameters });
    let x: HostTensor = noise;
    const at = (time = 0) => ({ shape: [rows], data: new Float32Array(rows).fill(time) });
    for (let i = 1; i < times.length; i++) {
      const feeds = { x, s: at(times[i - 1]), t: at(times[i]), ...contextFeeds(sizes, context, 'input') };
      x = (await jump.run(feeds)).x_next ?? x;
    }
    await jump.dispose();
    return Array.from(x.data, Number);
  };
  const sampled = async (count: number): Promise<number[]> => {
    const times = { 'flow-map': { 3: own } };
    const measured = await studentSampler({ ...student, parameters, times }, draws, count, cpuEngine(), ['key']);
    const { data } = await measured.run({ ...context, noise });
    await measured.dispose();
    return Array.from(data);
  };
  expect(relativeError(await sampled(3), await jumped(own))).toBeLessThan(1e-5);
  expect(relativeError(await sampled(2), await jumped([0, 0.5, 1]))).toBeLessThan(1e-5);
  expect(relativeError(await jumped([0, 1 / 3, 2 / 3, 1]), await jumped(own))).toBeGreaterThan(1e-3);
});

it('new noise of rows that come at once is that of the calls that their batches would make', async () => {
  const student = { parameters: studentFromScratch(sizes, 1), config: sizes, sampler: 'consistency-renoised' } as const;
  const noise = random('noise', [rows, draws, sizes.token]);
  const part = (tensor: HostTensor<Float32Array>, from: number, to: number) => rowsBetween(tensor, from, to);
  const inputOf = (from: number, to: number) => ({
    noise: part(noise, from, to),
    ...mapParts<HostTensor<Float32Array>, HostTensor<Float32Array>>(context, (tensor) => part(tensor, from, to)),
  });
  const [places, size] = [2, 3]; // 3 rows a batch: the last has one
  const batched = await studentSampler(student, draws, steps, cpuEngine(), ['key']);
  const found: Float32Array[] = [];
  for (const place of [0, 1])
    found.push((await batched.run({ ...inputOf(0, rows), fresh: { batch: 0, rows: size, place, places } })).data);
  const later = await batched.run({ ...inputOf(size, rows), fresh: { batch: 1, rows: size, place: 1, places } });
  await batched.dispose();

  const alone = await studentSampler(student, draws, steps, cpuEngine(), ['key']);
  for (const [from, to] of [
    [0, size],
    [size, rows],
  ] as const)
    for (const place of [0, 1]) {
      const { data } = await alone.run(inputOf(from, to)); // batch after batch, place after place
      const [start, end] = [from * draws * sizes.token, to * draws * sizes.token];
      expect(relativeError(Array.from(found[place]?.subarray(start, end) ?? []), Array.from(data))).toBeLessThan(1e-6);
      if (from === size && place === 1)
        expect(relativeError(Array.from(later.data), Array.from(data))).toBeLessThan(1e-6);
    }
  await alone.dispose();
  expect(relativeError(Array.from(found[0] ?? []), Array.from(found[1] ?? []))).toBeGreaterThan(1e-2);
});

it('samplers that are disposed of leave nothing open', async () => {
  const student = { parameters: studentFromScratch(sizes, 1), config: sizes, sampler: 'flow-map' } as const;
  const teacher = gaussianTeacher({ ...sizes, std: 0.5, unconditionalStd: 1 });
  const open = await leftOpen(async () => {
    await (await studentSampler(student, draws, steps, cpuEngine(), ['key'])).dispose();
    await (await teacherSampler(teacher, draws, 'heun', steps, cpuEngine())).dispose();
  });
  expect(open).toEqual(nothing);
});
