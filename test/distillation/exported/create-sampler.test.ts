import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportStudent } from '../../../src/distillation/export/students.ts';
import { createSampler, type Sampler } from '../../../src/distillation/exported/create-sampler.ts';
import { sources } from '../../../src/distillation/exported/inputs.ts';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentShapes } from '../../../src/distillation/student/network.ts';
import { traceToOnnx } from '../../../src/engine/compile.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextKeys, contextParts } from '../../../src/heads/context.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';

const config: HeadConfig = { token: 3, condition: 96, width: 64, depth: 1, timeScale: 32 };
let folder = '';
const at = (name: string): string => join(folder, name);

/** Exports a student none of whose weights is zero, at 1 and 2 steps, in int8 too. */
async function exported(name: string, own: Partial<HeadConfig>, method?: string): Promise<void> {
  const whole = { ...config, ...own };
  const parameters = Object.fromEntries(
    Object.entries(studentShapes(whole)).map(([tensor, shape]) => {
      const data = stream('exported', tensor).normal(sizeOf(shape));
      return [tensor, { shape, data: data.map((value) => value / Math.sqrt(shape[1] ?? 64)) }];
    }),
  );
  const path = at(`${name}.safetensors`);
  const metadata: Record<string, string> = method === undefined ? {} : { method };
  await writeStudent(path, { config: whole, sampler: 'flow-map', metadata, parameters });
  for (const precision of ['float32', 'int8'] as const)
    await exportStudent({ name, path, steps: [1, 2] }, at(name), { precision });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-sampler-'));
  await exported('two-way', {});
  await exported('three-way', { guidance: 'three-way' });
  await exported('alone', { signature: 'original' });
  await exported('renoised', {}, 'phased-consistency');
});
afterAll(() => rm(folder, { recursive: true }));

const normal = (name: string, size: number): Float32Array => stream('exported', name).normal(size);
const state = (rows: number, name = 'hidden'): Float32Array => normal(name, rows * config.condition);

/** What onnxruntime gives for the same file. */
async function raw(file: string, feeds: Readonly<Record<string, readonly [Float32Array, ...number[]]>>) {
  const session = await ort.InferenceSession.create(file);
  const tensors = Object.entries(feeds).map(([name, [data, ...shape]]) => [
    name,
    new ort.Tensor('float32', data, shape),
  ]);
  const { sample } = await session.run(Object.fromEntries(tensors));
  await session.release();
  return sample?.data as Float32Array;
}

/** Opens, uses, disposes of. */
async function using<Result>(opening: Promise<Sampler>, use: (sampler: Sampler) => Promise<Result>): Promise<Result> {
  const sampler = await opening;
  try {
    return await use(sampler);
  } finally {
    await sampler.dispose();
  }
}

describe('a sampler', () => {
  it.each([1, 5])('gives what onnxruntime gives for its file, %i rows', async (rows) => {
    const [noise, hidden, plain] = [normal('noise', rows * 3), state(rows), state(rows, 'plain')];
    const scale = new Float32Array(rows).fill(1.5);
    const feeds = { noise: [noise, rows, 3], hidden: [hidden, rows, 96], guidance: [scale, rows] } as const;
    const right = await raw(at('two-way/sampler.onnx'), { ...feeds, hidden_unconditional: [plain, rows, 96] });
    await using(createSampler(at('two-way')), async (sampler) => {
      expect([sampler.token, sampler.condition]).toEqual([3, 96]);
      const given = { noise, hidden, hiddenUnconditional: plain, guidance: 1.5 };
      const first = await sampler.sample(given);
      expect(first).toEqual(right);
      const other = await sampler.sample({ ...given, guidance: scale.map((value) => value + 1) });
      expect(other).not.toEqual(right);
      expect(await sampler.sample({ ...given, guidance: scale })).toEqual(right);
      expect(first).toEqual(right); // no later call writes into what was given
    });
  });

  it('stands in for what is not given: the state for the one without the prompt, 1 for the scales', async () => {
    const [noise, hidden, one] = [normal('noise', 6), state(2), Float32Array.of(1, 1)];
    const states = ['hidden', 'hidden_unconditional', 'hidden_image_only'];
    const feeds = Object.fromEntries(states.map((name) => [name, [hidden, 2, 96] as const]));
    const scales = { guidance: [one, 2], guidance_image: [one, 2] } as const;
    const right = await raw(at('three-way/sampler.onnx'), { noise: [noise, 2, 3], ...feeds, ...scales });
    expect(await using(createSampler(at('three-way')), ({ sample }) => sample({ noise, hidden }))).toEqual(right);
    const alone = await raw(at('alone/sampler.onnx'), { noise: [noise, 2, 3], hidden: [hidden, 2, 96] });
    await using(createSampler(at('alone')), async ({ sample, inputs }) => {
      expect(inputs).toEqual(['noise', 'hidden']);
      expect(await sample({ noise, hidden })).toEqual(alone);
    });
  });

  it('draws its noise by seed: the same for the same, another for each call without one', async () => {
    const hidden = state(2);
    await using(createSampler(at('two-way'), { seed: 7 }), async ({ sample }) => {
      const [first, second] = [await sample({ hidden }), await sample({ hidden })];
      expect(first).not.toEqual(second);
      expect(await sample({ hidden, seed: 7 })).toEqual(first);
      const noise = stream('sampler', 7).normal(6);
      expect(await sample({ hidden, noise })).toEqual(first);
      const one = await sample({ hidden: hidden.slice(0, 96), seed: 7 });
      for (const [i, value] of one.entries()) expect(value).toBeCloseTo(first[i] ?? 0, 5); // a row is its own
    });
  });

  it('draws the noise between steps, too, or takes it', async () => {
    const [noise, hidden, fresh] = [normal('noise', 6), state(2), normal('fresh', 6)];
    const file = at('renoised/sampler-re-noised.onnx');
    await using(createSampler(file), async ({ sample, inputs }) => {
      expect(inputs).toContain('freshNoise');
      const given = await sample({ noise, hidden, freshNoise: fresh });
      expect(await sample({ noise, hidden, freshNoise: fresh })).toEqual(given);
      expect(await sample({ noise, hidden, seed: 3 })).not.toEqual(given);
      expect(await sample({ noise, hidden, seed: 3 })).toEqual(await sample({ noise, hidden, seed: 3 }));
    });
  });

  it('keeps calls that overlap apart', async () => {
    await using(createSampler(at('two-way')), async ({ sample }) => {
      const calls = [1, 2, 1, 3, 1].map((rows, i) => ({ hidden: state(rows, `overlap${i}`), seed: i }));
      const together = await Promise.all(calls.map((call) => sample(call)));
      for (const [i, call] of calls.entries()) expect(together[i]).toEqual(await sample(call));
    });
  });

  it('is of the steps and the precision that are asked for', async () => {
    const paths: (readonly [object, string])[] = [
      [{ steps: 1 }, 'sampler-1.onnx'],
      [{ precision: 'int8' }, 'sampler.int8.onnx'],
      [{ steps: 1, precision: 'int8' }, 'sampler-1.int8.onnx'],
    ];
    for (const [choice, file] of paths)
      await using(createSampler(at('two-way'), choice), async ({ path }) => expect(path).toBe(at(`two-way/${file}`)));
  });
});

describe('a sampler refuses', () => {
  it('files that are missing or something else, each in one line', async () => {
    await mkdir(at('empty'));
    await writeFile(at('text.onnx'), 'no model');
    const doubled = traceToOnnx(
      ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }),
      { x: { shape: ['batch', 2] } },
      { standardOnly: true },
    );
    await writeFile(at('other.onnx'), doubled);
    const refusals: (readonly [string, object, RegExp])[] = [
      [at('nowhere'), {}, /nowhere: cannot be read: no such file or folder \(ENOENT\)$/],
      [
        at('empty'),
        {},
        /empty: expected sampler\.onnx in a student's exported folder, found no sampler and no head\.onnx$/,
      ],
      [
        at('two-way'),
        { steps: 4 },
        /expected sampler-4\.onnx .*, found sampler-1\.int8\.onnx, sampler-1\.onnx, sampler\.int8/,
      ],
      [at('two-way'), { precision: 'int4' }, /expected sampler\.int4\.onnx/],
      [at('text.onnx'), {}, /text\.onnx: expected a sampler that fewstep exported: engine onnx, .*does not start/],
      [at('other.onnx'), {}, /expected a sampler that fewstep exported, .*; got x and y$/],
      [at('two-way/head.onnx'), {}, /and x_next: this is one jump, the samplers lie beside it$/],
      [at('two-way'), { threads: 0 }, /^threads: expected 1 or more, got 0$/],
    ];
    for (const [path, options, message] of refusals) {
      const failure = await createSampler(path, options).catch((error: Error) => error);
      expect(failure).toMatchObject({ name: /^(File|Usage)Error$/.exec((failure as Error).name)?.[0] });
      expect((failure as Error).message).toMatch(message);
      expect((failure as Error).message).not.toContain('\n');
    }
  });

  it('inputs of wrong sizes or types, and guidance without the states that it needs', async () => {
    await using(createSampler(at('two-way')), async ({ sample }) => {
      const hidden = state(2);
      const refusals: (readonly [object, string])[] = [
        [{}, 'hidden: expected a Float32Array [batch, 96], got nothing'],
        [{ hidden: [1, 2] }, 'hidden: expected a Float32Array [batch, 96], got Array'],
        [{ hidden: state(1).slice(1) }, 'hidden: expected [batch, 96], got 95 numbers'],
        [{ hidden, noise: new Float32Array(5) }, 'noise: expected [2, 3], 6 numbers, got 5'],
        [
          { hidden, hiddenUnconditional: state(1), guidance: 2 },
          'hiddenUnconditional: expected [2, 96], 192 numbers, got 96',
        ],
        [{ hidden, guidance: 2 }, 'hiddenUnconditional: expected the states without the prompt for guidance beyond 1'],
        [{ hidden, guidance: Number.NaN, hiddenUnconditional: hidden }, 'guidance: expected a finite number, got NaN'],
        [{ hidden, guidanceImage: 1 }, 'guidanceImage: expected noise, hidden, hiddenUnconditional, guidance, seed'],
      ];
      for (const [inputs, message] of refusals) await expect(sample(inputs as never)).rejects.toThrow(message);
      expect((await sample({ hidden })).length).toBe(6); // still usable
    });
  });

  it('calls after it was disposed of, and ends those under way', async () => {
    const sampler = await createSampler(at('two-way'));
    const call = sampler.sample({ hidden: state(1) });
    await sampler.dispose();
    expect((await call).length).toBe(3);
    await sampler.dispose();
    await expect(sampler.sample({ hidden: state(1) })).rejects.toThrow('this sampler was disposed of');
  });
});

it('its inputs are those of a context and of noise', () => {
  const context = contextKeys.map((key) => contextParts[key].input);
  expect(Object.keys(sources).sort()).toEqual([...context, 'noise', 'fresh_noise'].sort());
});

it('a program that samples loads no tfjs', () => {
  const module = resolve('src/distillation/exported/create-sampler.ts');
  const program = `import { createRequire } from 'node:module';
    const { createSampler } = await import(${JSON.stringify(module)});
    const sampler = await createSampler(${JSON.stringify(at('two-way'))});
    const tokens = await sampler.sample({ hidden: new Float32Array(96) });
    await sampler.dispose();
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(tokens.length, loaded.filter((path) => path.includes('tensorflow')).length, loaded.length > 0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect([stderr, stdout]).toEqual(['', '3 0 true\n']);
});

it('the example of the documents draws tokens, and the same again', async () => {
  const [example, module] = ['docs/library/sample.mjs', 'src/distillation/exported/create-sampler.ts'].map((path) =>
    resolve(path),
  );
  const program = (await readFile(example ?? '', 'utf8')).replace("'fewstep/sampler'", JSON.stringify(module));
  await writeFile(at('sample.mjs'), program);
  const words = ['--import', 'tsx', at('sample.mjs'), at('two-way')];
  const [first, again] = [0, 1].map(() => spawnSync(process.execPath, words, { encoding: 'utf8' }));
  expect(first?.stderr).toBe('');
  expect(first?.stdout).toMatch(/^(-?\d+\.\d{3}( |\n)){12}$/);
  expect(again?.stdout).toBe(first?.stdout);
});
