import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { cpuEngine, type Engine } from '../../../src/engine/graph/program.ts';
import { loadFeatures } from '../../../src/evaluation/features/features.ts';
import { openJudge } from '../../../src/evaluation/features/open-judge.ts';
import type { PlannedRow } from '../../../src/evaluation/stage/plan.ts';
import { rowMaker, type SampleJob, sampleImages, sampleTokens } from '../../../src/evaluation/stage/sample-job.ts';
import { readSamples } from '../../../src/evaluation/stage/samples.ts';
import { measureSpeeds } from '../../../src/evaluation/stage/speed-job.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { teacherSource } from '../../../src/teachers/load.ts';
import type { ImageModel, ImageRequest } from '../../../src/teachers/teacher.ts';
import { leftOpen, nothing } from '../../held.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { shiftAt, straightTeacher } from '../../straight-teacher.ts';
import { tinyImageTeacher } from '../../tiny-image-teacher.ts';
import { tinyJudge } from '../features/tiny-judge.ts';
import { pairModel } from './pair-model.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const [rows, draws, token, guidance] = [3, 2, 2, 3];
const solver = { kind: 'solver', name: 'teacher euler', method: 'euler', steps: 2, seed: 1 } as const;
const noise = ['evaluation', 'own'];
const own = stream('evaluation', 'own', 'tokens').normal(rows * draws * token);
const close = (values: Iterable<number>) => Array.from(values, (value) => expect.closeTo(value, 2));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-sample-job-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function sampleRow(job: SampleJob): Promise<void> {
  const maker = rowMaker();
  try {
    await maker.make(job);
  } finally {
    await maker.dispose();
  }
}

/** A student whose weights were drawn. */
async function drawnStudent(): Promise<string> {
  const config = { token, condition: token, width: 8, depth: 1, timeScale: 32 };
  const parameters: Parameters = Object.fromEntries(
    Object.entries(studentFromScratch(config, 1)).map(([name, { shape, data }]) => [
      name,
      { shape, data: stream('drawn', name).normal(data.length) },
    ]),
  );
  const path = join(folder, 'student.safetensors');
  await writeStudent(path, { parameters, config, sampler: 'flow-map', metadata: {} });
  return path;
}

describe('the tokens of a row', () => {
  const job = { row: solver, engine, contexts: rows, draws, noise, guidance };

  it('start from the row’s noise and are under held-out contexts, row by row, at the guidance of the recipe', async () => {
    const teacher = straightTeacher();
    const { shape, data } = await sampleTokens(job, teacher);
    expect(shape).toEqual([rows, draws, token]);
    expect([...data]).toEqual(
      close(own.map((z, i) => z + shiftAt('test', Math.floor(i / (draws * token)), i % token, guidance))),
    );
    expect(teacher.asked).toEqual([
      {
        rows,
        key: ['evaluation', 'contexts'],
        freeRunning: 0,
        split: 'test',
        apart: true,
        guidance: { min: guidance, max: guidance },
      },
    ]);
  });

  it('of a student are of its own context: a row alone gives what it gives among others', async () => {
    const student = await drawnStudent();
    const planned = { kind: 'student', name: 'one', method: 'trajectory', steps: 1, seed: 1 } as const;
    const whole = await sampleTokens({ ...job, row: planned, student }, straightTeacher());
    const alone = await sampleTokens({ ...job, row: planned, student, contexts: 1 }, straightTeacher());
    expect([...alone.data]).toEqual(close(whole.data.subarray(0, draws * token)));
    const others = await sampleTokens({ ...job, row: planned, student, guidance: 1 }, straightTeacher());
    expect(others.data).not.toEqual(whole.data); // it hears w
  });
});

describe('the images of a row', () => {
  it('start from the row’s noise, go round the prompts, and ask the head at the recipe’s guidance', async () => {
    const requests: ImageRequest[] = [];
    const job = { row: solver, engine, images: 4, noise, guidance };
    const { images } = await sampleImages(job, straightTeacher(), pairModel(requests));
    const noises = stream('evaluation', 'own', 'images').normal(4 * 2 * token);
    expect(requests).toEqual([{ labels: Int32Array.of(0, 1, 2, 0), noise: { shape: [4, 2, token], data: noises } }]);
    expect([...images.data]).toEqual(
      close(noises.map((z, i) => z + shiftAt('test', Math.floor(i / (2 * token)), i % token, guidance))),
    );
  });
});

describe('guidance that rises along an image', () => {
  const teacher = { ...straightTeacher(), images: pairModel([]) };

  it('is halfway to its scale at the first of two tokens', async () => {
    const job = { row: solver, engine, images: 3, noise, guidance, schedule: 'linear-mar' } as const;
    const { images } = await sampleImages(job, teacher, teacher.images);
    const noises = stream('evaluation', 'own', 'images').normal(3 * 2 * token);
    const scale = (i: number): number => (Math.floor(i / token) % 2 === 0 ? 1 + (guidance - 1) / 2 : guidance);
    expect([...images.data]).toEqual(
      close(noises.map((z, i) => z + shiftAt('test', Math.floor(i / (2 * token)), i % token, scale(i)))),
    );
  });

  it('is that of a context’s place', async () => {
    const job = { row: solver, engine, contexts: rows, draws, noise, guidance, schedule: 'linear-mar' } as const;
    const { data } = await sampleTokens(job, teacher); // all of them are an image's first
    const half = 1 + (guidance - 1) / 2;
    expect([...data]).toEqual(
      close(own.map((z, i) => z + shiftAt('test', Math.floor(i / (draws * token)), i % token, half))),
    );
  });
});

describe('a row whose steps change along an image', () => {
  it('takes those of each token’s place', async () => {
    const student = await drawnStudent();
    const images = pairModel([]);
    const teacher = { ...straightTeacher(), images };
    const one = { kind: 'student', name: 'one', method: 'trajectory', seed: 1 } as const;
    const sampled = async (row: PlannedRow) =>
      (await sampleImages({ row, student, engine, images: 2, noise, guidance }, teacher, images)).images.data;
    const annealed = await sampled({ ...one, steps: 3, annealed: { from: 3, to: 1 } });
    const [three, single] = [await sampled({ ...one, steps: 3 }), await sampled({ ...one, steps: 1 })];
    const place = (i: number): number => Math.floor(i / token) % 2;
    expect([...annealed]).toEqual(close(annealed.map((_, i) => (place(i) === 0 ? three : single)[i] ?? Number.NaN)));
    expect(single).not.toEqual(three);
  });
});

describe('the images of a row that a feature network sees', () => {
  it('have their features and logits beside them', async () => {
    const pictures = { shape: [4, 28, 28], data: stream('pictures').uniform(4 * 784) };
    const model: ImageModel = {
      ...pairModel([]),
      generate: async () => ({ images: pictures, headSeconds: 1, seconds: 2 }),
    };
    const features = 'teachers/digits-features';
    const job = { row: solver, engine: cpuEngine(), images: 4, noise, guidance, features };
    const { images, image_tokens: _, ...seen } = await sampleImages(job, straightTeacher(), model);
    const network = await loadFeatures(features, cpuEngine());
    expect(images).toEqual(pictures);
    expect(seen).toEqual(await network.extract(pictures));
    await network.dispose();
  });
});

describe('the images of a row that a network of the user’s sees', () => {
  it('have their features beside them, and no logits', async () => {
    const pictures = { shape: [4, 6, 6], data: stream('pictures').uniform(4 * 36) };
    const model: ImageModel = {
      ...pairModel([]),
      generate: async () => ({ images: pictures, headSeconds: 1, seconds: 2 }),
    };
    const features = { model: await tinyJudge(), range: [-1, 1] };
    const job = { row: solver, engine: cpuEngine(), images: 4, noise, guidance, features };
    const { images: _, image_tokens: __, ...seen } = await sampleImages(job, straightTeacher(), model);
    const judge = await openJudge(features);
    expect(seen).toEqual(await judge.extract(pictures));
    expect(Object.keys(seen)).toEqual(['features']);
    await judge.dispose();
  });
});

describe('a row that is sampled into its file', () => {
  const features = 'teachers/digits-features';
  const job = { row: solver, engine: cpuEngine(), contexts: 8, draws: 2, noise, guidance, origin: { of: 'a test' } };

  it('has images, features and logits where the teacher makes images and they are asked for; nothing stays open', async () => {
    await tinyImageTeacher(folder);
    const teacher = { kind: 'digits', path: folder } as const;
    const path = join(folder, 'row.safetensors');
    const open = await leftOpen(() => sampleRow({ ...job, teacher, images: 4, features, path }));
    expect(open).toEqual(nothing);
    const shapes = async () =>
      Object.fromEntries(
        Object.entries(await readSamples(path)).flatMap(([name, tensor]) =>
          tensor instanceof Map ? [] : [[name, tensor.shape]],
        ),
      );
    const seen = { tokens: [8, 2, 196], position: [8] };
    const ofImages = { images: [4, 28, 28], image_tokens: [4, 4, 196], features: [4, 64], logits: [4, 10] };
    expect(await shapes()).toEqual({ ...seen, ...ofImages });
    expect(await leftOpen(() => readSamples(path))).toEqual(nothing);
    await sampleRow({ ...job, teacher, images: 0, features, path });
    expect(await shapes()).toEqual(seen);
  });

  it('has the tokens under further scales, from the same noise', async () => {
    const path = join(folder, 'scales.safetensors');
    const teacher = teacherSource(smallRecipe());
    await sampleRow({ ...job, teacher, images: 0, path, scales: [1, 2] });
    const { tokens, scaled } = await readSamples(path);
    await sampleRow({ ...job, teacher, images: 0, path, guidance: 2 });
    expect([...scaled.keys()]).toEqual([1, 2]);
    expect(scaled.get(2)).toEqual((await readSamples(path)).tokens);
    expect(scaled.get(1)).not.toEqual(scaled.get(2));
    expect(scaled.get(2)).not.toEqual(tokens);
  });

  it('is the same whatever rows were made before it, of this teacher or of another', async () => {
    const [alone, after] = [join(folder, 'alone.safetensors'), join(folder, 'after.safetensors')];
    await tinyImageTeacher(folder);
    const images = { kind: 'digits', path: folder } as const;
    const row = { ...job, teacher: images, images: 4, row: { ...solver, method: 'heun' } };
    await sampleRow({ ...row, path: alone });
    const open = await leftOpen(async () => {
      const maker = rowMaker();
      await maker.make({ ...row, path: after, noise: ['other'] });
      await maker.make({ ...job, teacher: teacherSource(smallRecipe()), images: 0, path: after });
      await maker.make({ ...row, path: after, noise: ['other'] });
      await maker.make({ ...row, path: after });
      await maker.dispose();
    });
    expect(open).toEqual(nothing);
    expect(await readSamples(after)).toEqual(await readSamples(alone));
  });

  it('has tokens alone where the teacher makes none', async () => {
    const path = join(folder, 'tokens.safetensors');
    const teacher = teacherSource(smallRecipe());
    await sampleRow({ ...job, teacher, images: 4, path });
    expect(Object.keys(await readSamples(path))).toEqual(['position', 'tokens', 'scaled']);
  });

  it('leaves nothing open when its speed was measured', async () => {
    await tinyImageTeacher(folder);
    const teacher = { kind: 'digits', path: folder } as const;
    const speed = { teacher, engine: cpuEngine(), rows: [{ row: solver }], guidance, batches: [1] };
    expect(await leftOpen(() => measureSpeeds(speed, () => {}))).toEqual(nothing);
  });
});
