import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { loadFeatures } from '../../../src/evaluation/features/features.ts';
import { openJudge } from '../../../src/evaluation/features/open-judge.ts';
import { measured } from '../../../src/evaluation/metric/metric.ts';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { metrics } from '../../../src/evaluation/metric/table.ts';
import { readToldReal } from '../../../src/evaluation/real/told-real.ts';
import { type RealImages, realImages } from '../../../src/evaluation/stage/real-images.ts';
import { type Reference, readReference, referenceFiles } from '../../../src/evaluation/stage/reference.ts';
import { sampledRows } from '../../../src/evaluation/stage/samples.ts';
import { fixedFrechetExpansion } from '../../../src/evaluation/statistics/frechet.ts';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { groupedMoments, withRoot } from '../../../src/evaluation/statistics/moments.ts';
import { writeSealed } from '../../../src/ground/file/sealed.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { imageGrid } from '../../../src/teachers/data/image-grid.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { leftOpen, nothing } from '../../held.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';
import { tinyJudge } from '../features/tiny-judge.ts';

const [samples, prompts] = [80, 4];
const small = smallRecipe();
const features = 'teachers/digits-features';
const recipe = { ...small, evaluation: { ...small.evaluation, features, samples } };
const drawn = (key: string, ...shape: number[]) => ({
  shape,
  data: stream('reference', key).uniform(shape.reduce((a, b) => a * b, 1)),
});
const real = [0, 1].map((set) => drawn(`real ${set}`, samples, 28, 28));
const blank = { value: new Float32Array(2), tolerance: new Float32Array(2) };
const teacher: Teacher = {
  ...straightTeacher(),
  images: {
    tokens: 1,
    prompts: ['a', 'b', 'c', 'd'],
    blank,
    inverted: true,
    real: (count, set) => {
      expect(count).toBe(samples);
      return { images: real[set] ?? drawn('none', 1, 28, 28), labels: new Int32Array(count) };
    },
    trained: (count) => {
      expect(count).toBe(samples);
      return drawn('trained', samples, 28, 28);
    },
    generate: async () => {
      throw new Error('nothing is generated');
    },
  },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

const rows = () => sampledRows(recipe, { students: [], solvers: [] }, folder);
const own = { tokens: drawn('own tokens', 3, 4, 2), features: drawn('own', samples, 64) };
const other = { tokens: drawn('other tokens', 3, 4, 2), features: drawn('other', samples, 64) };

it('images are compared with real ones, by the features of both, beside a second set of them', async () => {
  for (const row of rows()) await writeSealed(row.path, row.other ? other : own, {});
  if (teacher.images === undefined) throw new Error('a teacher of images');
  const model = teacher.images;
  let found: RealImages | undefined;
  let reference: Reference | undefined;
  const open = await leftOpen(async () => {
    found = await realImages(recipe, model, features, folder);
    reference = await readReference(referenceFiles(rows(), recipe.evaluation.guidance, found.path));
  });
  expect(open).toEqual(nothing);
  const network = await loadFeatures(features, cpuEngine());
  const [first, second] = await Promise.all(real.map(async (images) => (await network.extract(images)).features));
  const trained = (await network.extract(drawn('trained', samples, 28, 28))).features;
  await network.dispose();
  if (first === undefined || second === undefined || reference?.images === undefined) throw new Error('no images');
  const { images, tokens } = reference;
  expect(tokens).toEqual({ own: own.tokens, other: other.tokens });
  expect([images.real?.rows, images.trained]).toEqual([first, trained]);
  const both = { features: prepareRows(second, prompts), real: prepareRows(first, prompts), trained };
  expect(found?.realReal).toEqual(measured(both, metrics));
  expect([images.teacher.rows.data, images.teacherOther.rows.data]).toEqual([own.features.data, other.features.data]);
  const picture = await imageGrid(real[0] ?? drawn('none', 1, 28, 28), { count: 60, columns: 10, inverted: true });
  expect((await readFile(join(folder, found?.grid ?? ''))).equals(picture)).toBe(true);
  expect([...images.labels.subarray(0, 6), images.labels.length]).toEqual([0, 1, 2, 3, 0, 1, samples]);
  expect([images.prompts, images.blank]).toEqual([prompts, blank]);
  expect(found?.network).toEqual({ name: network.name, hash: network.hash, accuracy: network.accuracy });
});

it('statistics that a recipe names take the place of real images, and these stand beside them as a floor', async () => {
  const path = join(folder, 'statistics.npz');
  await copyFile('test/fixtures/statistics/fid.npz', path);
  const judge = { model: await tinyJudge() };
  const told = { ...recipe, evaluation: { ...recipe.evaluation, features: judge, statistics: path } };
  const model = teacher.images;
  if (model === undefined) throw new Error('a teacher of images');
  const found = await realImages(told, model, judge, folder);
  const seen = (of: string) => ({ tokens: drawn(`${of} tokens`, 3, 4, 2), features: drawn(of, samples, 4) });
  for (const row of rows()) await writeSealed(row.path, row.other ? seen('other') : seen('own'), {});
  const { images } = await readReference(referenceFiles(rows(), recipe.evaluation.guidance, found.path));
  const statistics = await readToldReal(path, 1);
  if (images?.moments === undefined || !('moments' in statistics)) throw new Error('no moments');
  expect([images.real, images.pictures]).toEqual([undefined, undefined]);
  expect([...images.moments.moments.mean]).toEqual(
    [...statistics.moments.mean].map((value) => expect.closeTo(value, 12)),
  );
  const network = await openJudge(judge);
  const held = (await network.extract(real[0] ?? drawn('none', 1, 28, 28))).features;
  await network.dispose();
  const floor = fixedFrechetExpansion(
    groupedMoments(held, groupRows(samples, { seed: 1, cluster: prompts })),
    withRoot(statistics.moments),
  );
  expect(Object.keys(found.realReal)).toEqual(['fd', 'fdInfinity']);
  expect(found.realReal.fd?.value).toBeCloseTo(floor.value, 9);
  expect(found.statistics).toEqual({ name: 'statistics.npz', hash: statistics.hash });
});

it('tokens alone are compared where no features were sampled', async () => {
  const position = { shape: [2], data: Int32Array.of(3, 1) };
  for (const row of rows()) {
    const { tokens } = row.other ? other : own;
    await writeSealed(row.path, { tokens, position, ...(row.other && { tokens_w4: own.tokens }) }, {});
  }
  expect(await readReference(referenceFiles(rows(), recipe.evaluation.guidance))).toEqual({
    tokens: { own: own.tokens, other: other.tokens },
    position,
    byScale: new Map([
      [recipe.evaluation.guidance, other.tokens],
      [4, own.tokens],
    ]),
  });
});
