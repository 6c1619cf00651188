import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { beforeAll, describe, expect, it } from 'vitest';
import { loweredOf } from '../../../src/distillation/export/onnx.ts';
import {
  fileAt,
  precisionOf,
  precisions,
  type RoundingName,
  roundings,
} from '../../../src/distillation/export/precision.ts';
import { exportStudent } from '../../../src/distillation/export/students.ts';
import { verifyRounded } from '../../../src/distillation/export/verify.ts';
import { type Student, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentShapes } from '../../../src/distillation/student/network.ts';
import { jumpProgram } from '../../../src/distillation/student/program.ts';
import { encodeLowered } from '../../../src/engine/onnx/encode.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';

/** A student none of whose weights is zero, of products that are large enough to round. */
const studentOf = (width: number): Student => {
  const config = { token: 3, condition: 96, width, depth: 1, timeScale: 32 };
  const parameters = Object.fromEntries(
    Object.entries(studentShapes(config)).map(([name, shape]) => {
      const data = stream('precision', name).normal(sizeOf(shape));
      return [name, { shape, data: data.map((value) => (value * 1) / Math.sqrt(shape[1] ?? 64)) }];
    }),
  );
  return { config, sampler: 'flow-map', metadata: {}, parameters };
};

const names = Object.keys(roundings) as RoundingName[];
let folder = '';
let source = '';
const request = () => ({ name: 'a', path: source, steps: [1, 2] });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-precision-'));
  source = join(folder, 'source.safetensors');
  await writeStudent(source, studentOf(64));
  await exportStudent(request(), join(folder, 'a'));
});

describe.each(names)('a student in %s', (precision) => {
  it('is files beside those of float32, each smaller, and close to it', async () => {
    const { files, difference } = await exportStudent(request(), join(folder, 'a'), { precision });
    expect(files).toEqual(['head', 'sampler-1', 'sampler'].map((name) => `${name}.${precision}.onnx`));
    expect(difference).toBeGreaterThan(1e-5);
    expect(difference).toBeLessThan(roundings[precision].limit);
    for (const file of files) {
      const [own, whole] = [await stat(join(folder, 'a', file)), await stat(join(folder, 'a', precisionOf(file).file))];
      expect(own.size / whole.size).toBeLessThan({ float16: 0.6, int8: 0.45, int4: 0.35 }[precision]);
      const model = fromBinary(ModelProtoSchema, await readFile(join(folder, 'a', file)));
      const domains = precision === 'int4' ? ['', 'com.microsoft'] : [''];
      expect([model.irVersion, model.opsetImport.map(({ domain }) => domain)]).toEqual([8n, domains]);
    }
  });

  it('has its large weights once, beside the programs', async () => {
    const beside = await exportStudent(request(), join(folder, precision), { precision, large: 1 });
    expect(beside.files.at(-1)).toBe(`head.${precision}.onnx.data`);
    expect((await readdir(beside.folder)).sort()).toEqual([...beside.files].sort());
    const whole = await stat(join(folder, 'a', `head.${precision}.onnx`));
    const [data, sampler] = [`head.${precision}.onnx.data`, `sampler.${precision}.onnx`].map((file) =>
      stat(join(beside.folder, file)),
    );
    expect((await sampler)?.size).toBeLessThan(0.4 * whole.size);
    expect((await data)?.size).toBeLessThan(2 * whole.size); // tensors start at pages
  });

  it('is refused where it is not a rounding of the weights', async () => {
    const [student, other] = [studentOf(64), studentOf(64)];
    const last = other.parameters['res_blocks.0.mlp.0.weight']?.data;
    last?.copyWithin(64, 0); // rows in the places of others
    const program = jumpProgram(student);
    const lowered = loweredOf(program, other);
    const bytes = encodeLowered({ ...lowered, ...roundings[precision].rewrite()(lowered) });
    await expect(verifyRounded('head.onnx', bytes, program, student, roundings[precision].limit)).rejects.toThrow(
      /^head\.onnx: expected the rounded program to be within .* of float32 in the median, got \d/,
    );
  });
});

it('is refused where no product is large enough', async () => {
  await writeStudent(join(folder, 'small.safetensors'), studentOf(16));
  const small = { name: 'small', path: join(folder, 'small.safetensors'), steps: [1] };
  await expect(exportStudent(small, join(folder, 'small'), { precision: 'int8' })).rejects.toThrow(
    'small: int8: expected products of at least 64 × 64, found none',
  );
});

it('is told by the name of a file', () => {
  for (const precision of precisions)
    for (const file of ['head.onnx', 'head.onnx.data', 'sampler-re-noised-2.onnx'])
      expect(precisionOf(fileAt(file, precision))).toEqual({ precision, file });
});
