import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxOf } from '../../../src/distillation/export/onnx.ts';
import { exportStudent } from '../../../src/distillation/export/students.ts';
import { verifyExport } from '../../../src/distillation/export/verify.ts';
import { readStudent, type Student, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch, studentShapes } from '../../../src/distillation/student/network.ts';
import { jumpProgram, samplerProgram } from '../../../src/distillation/student/program.ts';
import { type SamplerName, samplers } from '../../../src/distillation/student/sampler/table.ts';
import { named } from '../../../src/engine/graph/named.ts';
import type { TypedFunction } from '../../../src/engine/graph/program.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { type Parameters, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';

const config = { token: 3, condition: 5, width: 16, depth: 2, timeScale: 32 };

/** Tensors none of which is zero. */
const randomParameters = (shapes: Readonly<Record<string, number[]>>): Parameters =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const data = stream('student', name).normal(sizeOf(shape));
      return [name, { shape, data: data.map((value) => 0.2 * value) }];
    }),
  );

/** A student none of whose weights is zero. */
const student = (sampler: SamplerName): Student => ({
  config,
  sampler,
  metadata: {},
  parameters: randomParameters(studentShapes(config)),
});

describe.each(Object.keys(samplers) as SamplerName[])('the exports of a %s student', (sampler) => {
  it('equal the eager head: jumps at batch 1, 7 and 300, samplers at 1 and 7', async () => {
    const programs = [
      jumpProgram(student(sampler)),
      samplerProgram(student(sampler), 1),
      samplerProgram(student(sampler), 4),
    ];
    for (const program of programs) {
      const bytes = onnxOf(program, student(sampler));
      expect(await verifyExport('test', bytes, program, student(sampler))).toBeLessThan(1e-5);
    }
  });
});

describe('the inputs of an export', () => {
  const inputsOf = async (own: Partial<HeadConfig>, sampler: SamplerName): Promise<readonly string[]> => {
    const whole: Student = { ...student(sampler), config: { ...config, ...own } };
    const weighted = { ...whole, parameters: randomParameters(studentShapes(whole.config)) };
    const program = jumpProgram(weighted);
    const bytes = onnxOf(program, weighted);
    expect(await verifyExport('test', bytes, program, weighted)).toBeLessThan(1e-5);
    return (await ort.InferenceSession.create(bytes)).inputNames;
  };

  it('are the hidden state alone where guidance is in the weights', async () => {
    expect(await inputsOf({ signature: 'original' }, 'velocity')).toEqual(['x', 's', 't', 'hidden']);
  });

  it('hold the state of the image alone and its scale in three-way guidance', async () => {
    expect(await inputsOf({ guidance: 'three-way' }, 'flow-map')).toEqual([
      ...['x', 's', 't', 'hidden', 'hidden_unconditional', 'guidance', 'hidden_image_only', 'guidance_image'],
    ]);
  });
});

describe('exporting a student', () => {
  it('writes the head, a sampler a step count and weights that read back the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
    const source = join(folder, 'source.safetensors');
    await writeStudent(source, student('flow-map'));
    const { files } = await exportStudent({ name: 'a', path: source, steps: [1, 4] }, join(folder, 'a'));
    expect(files).toEqual(['head.safetensors', 'head.onnx', 'sampler-1.onnx', 'sampler.onnx']);
    expect(await readStudent(join(folder, 'a/head.safetensors'))).toEqual(await readStudent(source));
    const session = await ort.InferenceSession.create(await readFile(join(folder, 'a/sampler.onnx')));
    expect(session.inputNames).toEqual(['noise', 'hidden', 'hidden_unconditional', 'guidance']);
    expect(session.outputNames).toEqual(['sample']);
  });

  it('writes large weights once, beside the programs, which are small and give the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
    const source = join(folder, 'source.safetensors');
    await writeStudent(source, student('flow-map'));
    const request = { name: 'a', path: source, steps: [1, 4] };
    const beside = await exportStudent(request, join(folder, 'beside'), { large: 1 });
    await exportStudent(request, join(folder, 'whole'));
    expect(beside.files).toEqual(['head.safetensors', 'head.onnx', 'sampler-1.onnx', 'sampler.onnx', 'head.onnx.data']);
    expect((await readdir(beside.folder)).sort()).toEqual([...beside.files].sort());
    const feeds = Object.fromEntries(
      Object.entries({ noise: [3, 3], hidden: [3, 5], hidden_unconditional: [3, 5], guidance: [3] }).map(
        ([name, shape]) => [name, new ort.Tensor('float32', stream(name).normal(sizeOf(shape)), shape)],
      ),
    );
    for (const file of ['sampler-1.onnx', 'sampler.onnx']) {
      const model = fromBinary(ModelProtoSchema, await readFile(join(folder, 'beside', file)));
      const weights = model.graph?.initializer.filter(({ externalData }) => externalData.length > 0) ?? [];
      expect(weights.map(({ name }) => name)).toContain('res_blocks.1.adaLN_modulation.1.weight');
      const samples = [];
      for (const form of ['beside', 'whole']) {
        const session = await ort.InferenceSession.create(join(folder, form, file));
        samples.push((await session.run(feeds)).sample?.data);
      }
      expect(samples[0]).toEqual(samples[1]);
    }
  });

  it('leaves nothing of a large export that is not of its weights', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
    const source = join(folder, 'source.safetensors');
    await writeStudent(source, student('flow-map'));
    await mkdir(join(folder, 'a/head.onnx'), { recursive: true }); // in the way of the last file
    await expect(
      exportStudent({ name: 'a', path: source, steps: [1] }, join(folder, 'a'), { large: 1 }),
    ).rejects.toThrow(FileError);
    expect((await readdir(join(folder, 'a'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('writes the re-noising samplers of a consistency student, with their noise as an input', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
    const source = join(folder, 'source.safetensors');
    await writeStudent(source, { ...student('flow-map'), metadata: { method: 'phased-consistency' } });
    const { files } = await exportStudent({ name: 'a', path: source, steps: [1, 2, 4] }, join(folder, 'a'));
    expect(files.slice(2)).toEqual([
      'sampler-1.onnx',
      'sampler-2.onnx',
      'sampler.onnx',
      'sampler-re-noised-2.onnx',
      'sampler-re-noised.onnx',
    ]);
    const session = await ort.InferenceSession.create(await readFile(join(folder, 'a/sampler-re-noised.onnx')));
    expect(session.inputNames).toEqual(['noise', 'hidden', 'hidden_unconditional', 'guidance', 'fresh_noise']);
  });

  it('refuses weights with a NaN, naming the tensor', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
    const { parameters, ...rest } = student('flow-map');
    const bad = { ...parameters, 'input_proj.bias': { shape: [16], data: new Float32Array(16).fill(Number.NaN) } };
    await writeStudent(join(folder, 'bad.safetensors'), { ...rest, parameters: bad });
    await expect(
      exportStudent({ name: 'a', path: join(folder, 'bad.safetensors'), steps: [1] }, folder),
    ).rejects.toThrow(/input_proj\.bias: expected finite numbers, got NaN/);
  });

  it('notices an export that is not of its weights', async () => {
    const program = jumpProgram(student('flow-map'));
    const other = { ...student('flow-map'), parameters: studentFromScratch(config, 2) };
    await expect(verifyExport('head.onnx', onnxOf(program, other), program, student('flow-map'))).rejects.toThrow(
      /head\.onnx: expected the exported program to equal/,
    );
  });

  it('takes what rounding makes of steep steps for what it is, and nothing more', async () => {
    const steep = (slope: number): TypedFunction => ({
      specs: { noise: { shape: ['batch', 3] } },
      outputs: ['sample'],
      fn: (inputs) => {
        let x = named(inputs, 'noise');
        for (let step = 0; step < 4; step++) x = tf.sin(tf.mul(x, slope));
        return { sample: x };
      },
    });
    const nothing: Student = { ...student('flow-map'), parameters: {} };
    const verified = (of: number) => verifyExport('sampler.onnx', onnxOf(steep(of), nothing), steep(8), nothing);
    expect(await verified(8)).toBeLessThan(1e-5);
    await expect(verified(8.2)).rejects.toThrow(/sampler\.onnx: expected the exported program to equal/);
  });
});
