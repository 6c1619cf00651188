import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { drawBlocks } from '../../src/command-line/sample/draw-heads.ts';
import { columnPrompts, promptedModel } from '../../src/command-line/sample/prompted.ts';
import { sampleSheet } from '../../src/command-line/sample/sheet.ts';
import { writeStudent } from '../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../src/distillation/student/network.ts';
import { stream } from '../../src/ground/random/philox.ts';
import { zeros } from '../../src/heads/network/initial.ts';
import { gaussianTeacher } from '../../src/teachers/exact/gaussian.ts';
import type { ImageModel } from '../../src/teachers/teacher.ts';
import { smallRecipe } from '../small-recipe.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-sample-'));
});
afterAll(() => rm(folder, { recursive: true }));

const gaussian = gaussianTeacher({ token: 4, condition: 4, std: 0.5, unconditionalStd: 1 });

/** A model whose images are a single token of 2 × 2 pixels, drawn without a prompt. */
const model: ImageModel = {
  tokens: 1,
  prompts: ['even', 'odd'],
  inverted: true,
  blank: { value: new Float32Array(4), tolerance: new Float32Array(4) },
  generate: async ({ labels, noise }, head) => {
    const nothing = zeros([labels.length, 4]);
    const drawn = { shape: [labels.length, 4], data: noise.data };
    const { data } = await head({ conditional: nothing, unconditional: nothing, noise: drawn, position: 0 });
    return { images: { shape: [labels.length, 2, 2], data }, headSeconds: 1, seconds: 1 };
  },
  real: () => ({ images: zeros([0, 2, 2]), labels: new Int32Array(0) }),
};

describe('sample', () => {
  test('draws teacher and students from the same noise, at each step count that they have', async () => {
    const path = join(folder, 'student.safetensors');
    const config = { token: 4, condition: 4, width: 8, depth: 1, timeScale: 32 };
    // A head that was not trained predicts no velocity: its images are the noise.
    await writeStudent(path, { parameters: studentFromScratch(config, 1), config, sampler: 'flow-map', metadata: {} });
    const student = { name: 'one', method: 'trajectory', seed: 1, folder, path, hash: '' };
    const facts = { steps: 1, samples: 1, forwards: 3, seconds: 1 };
    const specialist =
      'students[1]={name: special, method: trajectory, steps: [1], training: {steps: 1, batch: 4, learningRate: 1.0e-3}}';
    const blocks = await drawBlocks(
      smallRecipe('seeds=[1, 2]', 'evaluation.solvers=[euler]', specialist),
      [
        { ...student, facts },
        { ...student, facts, name: 'special' },
      ],
      { ...gaussian, images: model },
      { images: 3, seed: 7, steps: [1, 4], progress: silentProgress, signal: new AbortController().signal },
    );
    expect(blocks.map(({ label }) => label)).toEqual([
      ...['teacher, 8 steps of heun', 'one, 1 step', 'one, 4 steps', 'special, 1 step'],
    ]);
    const noise = stream('sample', 7, 'images').normal(12);
    const [teacher, one, four] = blocks.map(({ images }) => images.data);
    expect(one).toEqual(noise);
    expect(four).toEqual(noise);
    expect(teacher).not.toEqual(noise);
  });
});

describe('prompts', () => {
  test('choose what is drawn, in their order, from the same noise', async () => {
    const asked: number[][] = [];
    const generate: ImageModel['generate'] = async (request, head) => {
      asked.push([...request.labels]);
      return model.generate(request, head);
    };
    const chosen = promptedModel({ ...model, generate }, ['odd', ' Even']);
    expect(chosen.prompts).toEqual(['odd', 'even']);
    const noise = zeros([3, 1, 4]);
    await chosen.generate({ labels: Int32Array.of(0, 1, 0), noise }, async ({ noise: drawn }) => drawn);
    expect(asked).toEqual([[1, 0, 1]]);
    expect(promptedModel(model, [])).toBe(model);
  });

  test('that the teacher does not know are refused with those that it knows', () => {
    expect(() => promptedModel(model, ['even', 'evne'])).toThrow(/^--prompt evne: expected one of even, odd$/);
  });

  test('stand above columns that every round of images fits into', () => {
    expect(columnPrompts(['a'], 20)).toEqual(Array(10).fill('a'));
    expect(columnPrompts(['a', 'b', 'c'], 20)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
    expect(columnPrompts(['a', 'b', 'c'], 2)).toEqual(['a', 'b']);
  });
});

describe('a sheet of samples', () => {
  const images = (count: number, ink: number) => ({
    shape: [count, 8, 8],
    data: new Float32Array(count * 64).fill(ink),
  });

  test('has a block a head, dark where there is ink, to the right of its name', async () => {
    const png = await sampleSheet(
      [
        { label: 'black', images: images(4, 1), inverted: true },
        { label: 'white', images: images(3, 0), inverted: true },
      ],
      ['zero', 'one'],
    );
    const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
    // Two units a pixel: margin 12, titles 14, two blocks of two rows of 10 + 2, a gap of 8; names 190 wide.
    expect([info.width, info.height]).toEqual([2 * (190 + 2 * 10 + 2 + 12), 2 * (26 + 22 + 8 + 22 + 12)]);
    const at = (x: number, y: number) => data[(2 * y * info.width + 2 * x) * info.channels];
    expect([at(196, 32), at(206, 42), at(196, 62), at(206, 72)]).toEqual([0, 0, 255, 255]);
    const names = [...data].filter((value, i) => value < 128 && (i / info.channels) % info.width < 2 * 180);
    expect(names.length).toBeGreaterThan(50);
  });
});
