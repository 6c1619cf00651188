import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { onnxOf } from '../../../src/distillation/export/onnx.ts';
import type { Student } from '../../../src/distillation/student/file.ts';
import { studentFromScratch, studentShapes } from '../../../src/distillation/student/network.ts';
import { samplerProgram } from '../../../src/distillation/student/program.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { studentSampler, teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextKeys, contextParts, type HostContext } from '../../../src/heads/context.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { relativeError } from '../../eager.ts';
import { leftOpen, nothing } from '../../held.ts';

const [rows, draws, steps] = [4, 2, 3];
const sizes = { token: 3, condition: 5, width: 16, depth: 1, timeScale: 32 };

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

it.each<[string, Pick<Student, 'config' | 'sampler'>]>([
  ['plain', { config: sizes, sampler: 'flow-map' }],
  ['re-noising', { config: sizes, sampler: 'consistency-renoised' }],
  ['three-way guided', { config: { ...sizes, guidance: 'three-way' }, sampler: 'consistency-renoised' }],
  ['original-signature', { config: { ...sizes, signature: 'original' }, sampler: 'velocity' }],
])('a %s student gives in an evaluation what its exported sampler gives', async (_, { config, sampler }) => {
  const parameters = Object.fromEntries(
    Object.entries(studentShapes(config)).map(([name, shape]) => {
      const { data } = random(name, shape);
      return [name, { shape, data: data.map((value) => 0.2 * value) }];
    }),
  );
  const student: Student = { parameters, config, sampler, metadata: {} };
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

it('samplers that are disposed of leave nothing open', async () => {
  const student = { parameters: studentFromScratch(sizes, 1), config: sizes, sampler: 'flow-map' } as const;
  const teacher = gaussianTeacher({ ...sizes, std: 0.5, unconditionalStd: 1 });
  const open = await leftOpen(async () => {
    await (await studentSampler(student, draws, steps, cpuEngine(), ['key'])).dispose();
    await (await teacherSampler(teacher, draws, 'heun', steps, cpuEngine())).dispose();
  });
  expect(open).toEqual(nothing);
});
