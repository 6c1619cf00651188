import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStudent } from '../../src/distillation/student/file.ts';
import { studentFromTeacher, studentShapes } from '../../src/distillation/student/network.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { stream } from '../../src/ground/random/philox.ts';
import { importedWeightsPath, readImported } from '../../src/teachers/imported/weights.ts';
import { relativeError } from '../eager.ts';
import { smallRecipeText } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const fixture = fileURLToPath(new URL('../fixtures/nextstep-a.weights.safetensors', import.meta.url));

let folder = '';
let teacher = '';
let student = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-export-'));
  teacher = join(folder, 'teacher');
  student = join(folder, 'student.safetensors');
  await runFewstep('teacher', 'import', fixture, '--family', 'nextstep', '--out', teacher);
  const { parameters, config: head } = await readImported(teacher);
  const config = { ...head, signature: 'original' as const };
  const metadata = { name: 'it' };
  await writeStudent(student, {
    ...{ config, sampler: 'velocity', metadata },
    parameters: studentFromTeacher(parameters, config, 1),
  });
});
afterAll(() => rm(folder, { recursive: true }));

describe('fewstep export --bundle web', () => {
  it('says in one line where it cannot be', async () => {
    const small = join(folder, 'web.yaml');
    await writeFile(small, smallRecipeText);
    const digits = `teacher={kind: digits, path: ${resolve('teachers/digits')}}`;
    const refusals: [words: string[], message: string][] = [
      [
        [small],
        `${small}: expected a recipe with an image teacher for --bundle web, got one of kind gaussian: it has no`,
      ],
      [
        ['recipes/nextstep-capture.yaml'],
        'expected a recipe with an image teacher for --bundle web, got one of kind imported',
      ],
      [[small, '--set', digits], 'expected a trained student; run `fewstep distill` first'],
      [[student], `${student}: expected a recipe or a run for --bundle web: a student's file has no backbone`],
      [[small, '--to', 'onnx'], '--to: expected none beside --bundle web'],
      [[small, '--dtype', 'f16'], '--dtype: expected none beside --bundle web'],
      [[small, '--steps', '0'], 'Expected a number from 1 to 64'],
    ];
    for (const [words, message] of refusals)
      await expect(runFewstep('export', ...words, '--bundle', 'web')).rejects.toThrow(message);
  });
});

describe('fewstep export --to original', () => {
  it('writes a student that imports as a head and gives the velocities that the student gives', async () => {
    const out = join(folder, 'out');
    const printed = await runFewstep('export', student, '--to', 'original', '--teacher', teacher, '--out', out);
    expect(printed).toMatch(/student .*original\.safetensors use\.py +–/);
    expect((await readdir(out)).sort()).toEqual(['original.safetensors', 'use.py']);
    const [again, inputs] = [join(folder, 'again'), join(folder, 'in.safetensors')];
    await runFewstep('teacher', 'import', join(out, 'original.safetensors'), '--family', 'nextstep', '--out', again);
    const { token, condition } = (await readImported(teacher)).config;
    const tensor = (...shape: number[]) => ({
      shape,
      data: stream('export', ...shape).normal(shape.reduce((a, b) => a * b, 1)),
    });
    const times = { shape: [5], data: Float32Array.of(0, 0.2, 0.5, 0.8, 0.95) };
    await writeSafetensors(inputs, { x: tensor(5, token), t: times, s: times, c: tensor(5, condition) });
    const [one, two] = [join(folder, 'one.safetensors'), join(folder, 'two.safetensors')];
    await runFewstep('apply', student, '--inputs', inputs, '--out', one);
    await runFewstep('apply', again, '--inputs', inputs, '--out', two);
    const velocities = [
      (await readSafetensors(one)).u?.data ?? [],
      (await readSafetensors(two)).out?.data ?? [],
    ] as const;
    expect(relativeError(...velocities)).toBeLessThan(1e-6);
    await expect(runFewstep('apply', student, '--inputs', inputs, '--out', one, '--guidance', '2')).rejects.toThrow(
      '--guidance: expected none, this student has it in its weights',
    );
  });

  it('writes both forms, weights in another type', async () => {
    const out = join(folder, 'both');
    const words = ['--to', 'both', '--teacher', teacher, '--dtype', 'bf16', '--steps', '1', '--json'];
    const { students } = JSON.parse(await runFewstep('export', student, ...words, '--out', out));
    expect(students[0].files).toEqual([
      ...['head.safetensors', 'head.onnx', 'sampler.onnx', 'original.safetensors', 'use.py'],
    ]);
    expect(students[0].difference).toBeLessThan(1e-5);
  });

  it('writes an imported teacher as it came', async () => {
    const out = join(folder, 'back');
    await runFewstep('export', teacher, '--to', 'original', '--out', out);
    expect(await readSafetensors(join(out, 'original.safetensors'))).toEqual(
      await readSafetensors(importedWeightsPath(teacher)),
    );
  });

  it('says what is missing, in one line', async () => {
    const recipe = join(folder, 'small.yaml');
    await writeFile(recipe, smallRecipeText);
    const refusals: [words: string[], message: string][] = [
      [
        [student, '--to', 'original'],
        'expected --teacher <folder>, the imported head that the student was distilled from',
      ],
      [[student, '--dtype', 'f16'], '--dtype: expected --to original or both'],
      [[teacher], `${teacher}: expected --to original`],
      [
        [recipe, '--to', 'original'],
        `${recipe}: expected a recipe with an imported teacher for --to original, got a gaussian`,
      ],
    ];
    for (const [words, message] of refusals) await expect(runFewstep('export', ...words)).rejects.toThrow(message);
  });
});

describe('fewstep export --precision', () => {
  it('writes and measures a student file in other precisions, and says what is not possible', async () => {
    const path = join(folder, 'wide.safetensors');
    const config = { token: 3, condition: 96, width: 64, depth: 1, timeScale: 32 };
    await writeStudent(path, {
      ...{ config, sampler: 'flow-map', metadata: {} },
      parameters: Object.fromEntries(
        Object.entries(studentShapes(config)).map(([name, shape]) => {
          const data = stream('export', name).normal(shape.reduce((a, b) => a * b, 1));
          return [name, { shape, data: data.map((value) => value / 8) }];
        }),
      ),
    });
    const [plain, out] = [join(folder, 'plain'), join(folder, 'wide')];
    await runFewstep('export', path, '--out', plain, '--steps', '1', '--quiet');
    const words = ['export', path, '--out', out, '--steps', '1', '--precision', 'float32,int8'];
    const { students } = JSON.parse(await runFewstep(...words, '--json'));
    expect((await readdir(out)).sort()).toEqual(
      [
        'head.int8.onnx',
        'head.onnx',
        'head.safetensors',
        'precisions.json',
        'sampler.int8.onnx',
        'sampler.onnx',
      ].sort(),
    );
    for (const file of ['head.onnx', 'sampler.onnx'])
      expect(await readFile(join(out, file))).toEqual(await readFile(join(plain, file)));
    const rows = students[0].precisions.samplers;
    expect(rows.map(({ file }: { file: string }) => file)).toEqual(['sampler.onnx', 'sampler.int8.onnx']);
    expect(await runFewstep(...words)).toMatch(/random hidden states[\s\S]*sampler\.int8\.onnx +0\.\d+\sMB +\S+ \[/);
    await expect(runFewstep('export', path, '--precision', 'int9')).rejects.toThrow(
      'Allowed choices are float32, float16, int8, int4.',
    );
    const [original, web] = [
      ['--to', 'original', '--teacher', teacher],
      ['--bundle', 'web'],
    ];
    await expect(runFewstep('export', path, '--precision', 'int8', ...original)).rejects.toThrow(
      '--precision: expected --to onnx or both',
    );
    await expect(runFewstep('export', path, '--precision', 'int8', ...web)).rejects.toThrow(
      '--precision: expected none beside --bundle web',
    );
  });
});
