import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { giveBackHead, giveBackStudent } from '../../../src/distillation/export/give-back.ts';
import { type Student, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentConfigOf, studentFromScratch, studentFromTeacher } from '../../../src/distillation/student/network.ts';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type Parameters, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { FamilyName } from '../../../src/heads/family/table.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedWeightsPath, readImported } from '../../../src/teachers/imported/weights.ts';

const parent = await mkdtemp(join(tmpdir(), 'fewstep-give-back-'));
afterAll(() => rm(parent, { recursive: true }));

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}.weights.safetensors`, import.meta.url));

let count = 0;
async function imported(source: string, family: FamilyName): Promise<string> {
  const output = join(parent, `teacher-${count++}`);
  await importHead(source, { family, name: family, output });
  return output;
}

/** A student of an imported head, none of whose numbers is the teacher's. */
async function studentOf(teacher: string, own: Partial<HeadConfig> = {}): Promise<Student> {
  const { parameters, config, card } = await readImported(teacher);
  const start = { ...config, ...own };
  const moved = Object.entries(studentFromTeacher(parameters, start, 1)).map(([name, { shape }]) => [
    name,
    { shape, data: stream('moved', name).normal(sizeOf(shape)) },
  ]);
  return {
    parameters: Object.fromEntries(moved),
    config: studentConfigOf(start),
    sampler: 'velocity',
    times: { velocity: { 2: [0, 0.25, 1] }, 'flow-map': { 2: [0, 0.75, 1] } },
    metadata: { name: 'one', teacherWeights: card.weights },
  };
}

async function given(student: Student, teacher: string, dtype?: 'F32' | 'BF16' | 'F16') {
  const folder = join(parent, `student-${count++}`);
  await mkdir(folder);
  const path = join(folder, 'one.safetensors');
  await writeStudent(path, student);
  const { files } = await giveBackStudent({ name: 'one', path, teacher }, folder, dtype);
  return { folder, files, original: join(folder, 'original.safetensors') };
}

const dataOf = (tensors: Parameters, name: string): Float32Array => tensors[name]?.data ?? new Float32Array();

const cases: [string, FamilyName][] = [
  ['nextstep-a', 'nextstep'],
  ['mar-a', 'mar'],
  ['mar-b', 'mar'],
  ['pocket-tts-a', 'pocket-tts'],
  ['pocket-tts-b', 'pocket-tts'],
];

describe('an imported head', () => {
  it.each(cases)('%s goes back as it came, every byte and element type, and comes in again', async (name, family) => {
    for (const dtype of ['F32', 'BF16', 'F16'] as const) {
      const source = join(parent, `source-${count++}.safetensors`);
      const tensors = await readSafetensors(fixture(name));
      const dtypes = Object.fromEntries(Object.keys(tensors).map((key) => [key, dtype]));
      await writeSafetensors(source, tensors, { dtypes });
      const teacher = await imported(source, family);
      const { folder, files } = await giveBackHead(teacher, join(parent, `back-${count++}`));
      expect(files).toEqual(['original.safetensors']);
      const [before, after] = [await openSafetensors(source), await openSafetensors(join(folder, files[0] ?? ''))];
      expect([...after.header.keys()].sort()).toEqual([...before.header.keys()].sort());
      for (const [key, { dtype: type, shape }] of before.header) {
        expect(after.header.get(key)).toMatchObject({ dtype: type, shape });
        expect(await after.readBytes(key)).toEqual(await before.readBytes(key));
      }
      await before.close();
      await after.close();
      const again = await imported(join(folder, 'original.safetensors'), family);
      expect(await readFile(importedWeightsPath(again))).toEqual(await readFile(importedWeightsPath(teacher)));
    }
  });

  it('is written in another element type but for what came along', async () => {
    const teacher = await imported(fixture('pocket-tts-a'), 'pocket-tts');
    const { folder } = await giveBackHead(teacher, join(parent, `back-${count++}`), 'BF16');
    const [file, source] = [
      await openSafetensors(join(folder, 'original.safetensors')),
      await openSafetensors(importedWeightsPath(teacher)),
    ];
    for (const [name, { dtype }] of file.header) expect(dtype).toBe(/freqs|emb_(mean|std)/.test(name) ? 'F32' : 'BF16');
    const name = 'flow_lm.flow_net.input_proj.weight';
    const [rounded, exact] = [(await file.read(name)).data, (await source.read(name)).data];
    for (const [index, value] of rounded.entries())
      expect(Math.abs(value - (exact[index] ?? 0))).toBeLessThanOrEqual(Math.abs(exact[index] ?? 0) / 256);
    await file.close();
    await source.close();
  });
});

describe('a student of the original signature', () => {
  it.each(cases)('of %s has the names and shapes of its head, and is imported as one', async (name, family) => {
    const teacher = await imported(fixture(name), family);
    const student = await studentOf(teacher, { signature: 'original' });
    const { original, files } = await given(student, teacher);
    expect(files).toEqual(['original.safetensors', 'use.py']);
    const again = await readImported(await imported(original, family));
    const before = await readImported(teacher);
    expect(Object.keys(again.parameters).sort()).toEqual(Object.keys(before.parameters).sort());
    expect(again.config).toEqual(before.config);
    expect(again.extras).toEqual(before.extras);
    for (const [key, { shape, data }] of Object.entries(student.parameters)) {
      const found = again.parameters[key];
      expect(found?.data.subarray(0, data.length)).toEqual(data);
      // what a student does not predict, MAR's variances, stays as it was
      expect(found?.data.subarray(data.length)).toEqual(dataOf(before.parameters, key).subarray(data.length));
      if (!key.startsWith('final_layer.linear')) expect(found?.shape).toEqual(shape);
    }
    for (const key of ['time_embed.0.freqs', 'time_embed.1.freqs'])
      expect(again.parameters[key]).toEqual(before.parameters[key]);
  });

  it('keeps the projector that came along bit by bit, whatever the type of the weights', async () => {
    const teacher = await imported(fixture('nextstep-a'), 'nextstep');
    const { original } = await given(await studentOf(teacher, { signature: 'original' }), teacher, 'F16');
    const [file, source] = [await openSafetensors(original), await openSafetensors(fixture('nextstep-a'))];
    const types = new Set([...file.header].map(([name, { dtype }]) => `${name.includes('out_projector')} ${dtype}`));
    expect([...types].sort()).toEqual(['false F16', 'true F32']);
    for (const name of ['image_out_projector.weight', 'image_out_projector.bias'])
      expect(await file.readBytes(name)).toEqual(await source.readBytes(name));
    expect(file.metadata.format).toBe('pt');
    await file.close();
    await source.close();
  });
});

describe('a student with more inputs', () => {
  it.each([
    ['nextstep-a', 'nextstep', {}, ['duration_embed.', 'guidance_embed.', 'uncond_embed.']],
    [
      ...(['nextstep-a', 'nextstep', { guidance: 'three-way' }] as const),
      ['duration_embed.', 'guidance_embed.', 'uncond_embed.', 'image_guidance_embed.', 'image_only_embed.'],
    ],
    ['mar-b', 'mar', {}, ['duration_embed.', 'guidance_embed.', 'uncond_embed.']],
    ['pocket-tts-a', 'pocket-tts', {}, []],
  ] as const)('of %s %s %j has them under the prefix beside the head', async (name, family, own, added) => {
    const teacher = await imported(fixture(name), family);
    const student = await studentOf(teacher, own);
    const { original } = await given(student, teacher);
    const { prefix } = (await readImported(teacher)).card;
    const file = await openSafetensors(original);
    const about = JSON.parse(file.metadata.fewstep ?? '');
    expect(about).toMatchObject({ family, prefix, added, sampler: 'velocity', times: { 2: [0, 0.25, 1] } });
    const source = await openSafetensors(importedWeightsPath(teacher));
    const beside = [...file.header.keys()].filter((key) => !source.header.has(key));
    expect(beside.sort()).toEqual(
      Object.keys(student.parameters)
        .filter((key) => added.some((start) => key.startsWith(start)))
        .map((key) => prefix + key)
        .sort(),
    );
    for (const key of beside)
      expect((await file.read(key)).data).toEqual(student.parameters[key.slice(prefix.length)]?.data);
    await file.close();
    await source.close();
  });
});

describe('giving back is refused', () => {
  it('to a student of another head', async () => {
    const [teacher, other] = [await imported(fixture('mar-a'), 'mar'), await imported(fixture('mar-b'), 'mar')];
    await expect(given(await studentOf(teacher), other)).rejects.toThrow(
      /weights\.safetensors: expected the weights that the student one was distilled from \([0-9a-f]{12}…\), found/,
    );
  });

  it('to a student of a size of its own', async () => {
    const teacher = await imported(fixture('nextstep-a'), 'nextstep');
    const { token, condition } = (await readImported(teacher)).config;
    const config = { token, condition, width: 16, depth: 1, timeScale: 32 };
    const own: Student = {
      ...{ config, sampler: 'flow-map', metadata: { name: 'small' } },
      parameters: studentFromScratch(config, 1),
    };
    await expect(given(own, teacher)).rejects.toThrow(
      /expected a student of this head, whose width is \d+, got 16 in the student small: those with a head of their own/,
    );
  });

  it('to numbers that the element type cannot hold', async () => {
    const teacher = await imported(fixture('nextstep-a'), 'nextstep');
    const student = await studentOf(teacher, { signature: 'original' });
    student.parameters['input_proj.bias']?.data.fill(70_000, 1, 2);
    const writing = given(student, teacher, 'F16');
    await expect(writing).rejects.toThrow(/tensor .*input_proj\.bias: expected numbers that F16 can hold, got 70000/);
    await expect(given(student, teacher, 'BF16')).resolves.toBeDefined();
  });

  it('by a head whose file is not what its card says', async () => {
    const teacher = await imported(fixture('nextstep-a'), 'nextstep');
    const path = importedWeightsPath(teacher);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(path, bytes);
    await expect(giveBackHead(teacher, teacher)).rejects.toThrow(/expected SHA-256/);
  });
});
