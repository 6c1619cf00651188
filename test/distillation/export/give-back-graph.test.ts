import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveBackHead, giveBackStudent } from '../../../src/distillation/export/give-back.ts';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentConfigOf, studentFromTeacher } from '../../../src/distillation/student/network.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { importGraph } from '../../../src/teachers/imported/graph/import-graph.ts';
import { nothingTold } from '../../../src/teachers/imported/graph/told.ts';
import { readHead } from '../../../src/teachers/imported/head.ts';
import { relativeError } from '../../eager.ts';

const fixture = fileURLToPath(new URL('../../engine/onnx-graph/fixtures/swiglu-script.onnx', import.meta.url));
let folder: string;
let teacher: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-give-back-'));
  teacher = join(folder, 'teacher');
  await importGraph(fixture, { name: 'swiglu', output: teacher, told: nothingTold });
});
afterAll(() => rm(folder, { recursive: true }));

/** A student whose weights are the teacher's times a factor. */
async function student(factor: number, signature?: 'original'): Promise<string> {
  const { config, parameters, weights } = await readHead(teacher);
  const own: HeadConfig = { ...studentConfigOf(config), ...(signature && { signature }) };
  const first = studentFromTeacher(parameters, { ...config, ...(signature && { signature }) }, 1);
  const moved = Object.fromEntries(
    Object.entries(first).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => factor * value) },
    ]),
  );
  const path = join(folder, `student-${factor}-${signature}.safetensors`);
  const metadata = { name: 'one', teacherWeights: weights };
  await writeStudent(path, { parameters: moved, config: own, sampler: 'velocity', metadata });
  return path;
}

/** What an ONNX file makes of fixed inputs. */
async function run(path: string): Promise<ArrayLike<number>> {
  const session = await InferenceSession.create(path);
  const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i));
  const inputs = {
    x: new Tensor('float32', wave(2 * 6), [2, 6]),
    t: new Tensor('float32', Float32Array.of(0.25, 0.5), [2]),
    c: new Tensor('float32', wave(2 * 8), [2, 8]),
  };
  const { velocity } = await session.run(inputs);
  await session.release();
  return velocity?.data as Float32Array;
}

describe('a student of a head that came as ONNX', () => {
  it('of the original’s signature is the very file with its numbers', async () => {
    const out = join(folder, 'same');
    const { files } = await giveBackStudent({ name: 'one', path: await student(1, 'original'), teacher }, out);
    expect(files).toEqual(['original.safetensors', 'use.py', 'original.onnx']);
    expect(relativeError(await run(join(out, 'original.onnx')), await run(fixture))).toBe(0);
    await giveBackStudent({ name: 'one', path: await student(1.5, 'original'), teacher }, out);
    expect(relativeError(await run(join(out, 'original.onnx')), await run(fixture))).toBeGreaterThan(0.1);
  });

  it('with more inputs has its tensors under the names of the file, and says what use.py must know', async () => {
    const out = join(folder, 'more');
    const { files } = await giveBackStudent({ name: 'one', path: await student(1), teacher }, out);
    expect(files).toEqual(['original.safetensors', 'use.py']);
    const names = Object.keys(await readSafetensors(join(out, 'original.safetensors')));
    expect(names).toEqual(
      expect.arrayContaining(['norms.0.weight', 'duration_embed.mlp.0.weight', 'uncond_embed.bias']),
    );
    const text = (await readFile(join(out, 'original.safetensors'))).subarray(8, 4000).toString();
    expect(text).toContain(
      '\\"graph\\":{\\"parts\\":[[\\"condition\\",8],[\\"t\\",1]],\\"unguided\\":1,\\"integers\\":[false,false]}',
    );
  });

  it('is refused for another head, and a head itself is the file that it came as', async () => {
    const other = join(folder, 'other');
    const path = fixture.replace('swiglu-script', 'residual-script');
    await importGraph(path, { name: 'other', output: other, told: nothingTold });
    const giving = giveBackStudent({ name: 'one', path: await student(1), teacher: other }, join(folder, 'none'));
    await expect(giving).rejects.toThrow('expected the head that the student one was distilled from');
    await expect(giveBackHead(teacher, join(folder, 'none'))).rejects.toThrow('is the file itself');
  });
});
