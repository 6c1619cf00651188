import { basename } from 'node:path';
import type { FeatureSource } from '../../distillation/recipe/recipe.ts';
import type { FittedSolver } from '../../distillation/solver/file.ts';
import { readStudent } from '../../distillation/student/file.ts';
import type { Engine } from '../../engine/graph/program.ts';
import { writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { TaskKind } from '../../ground/pool/executor.ts';
import { stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import { scaleAt, type TokenGuidance } from '../../heads/original/guidance-schedule.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import { sideBySide, type TokenHead } from '../../teachers/backbone/draw.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import type { ContextRequest, Contexts, ImageModel, Teacher } from '../../teachers/teacher.ts';
import { openJudge } from '../features/open-judge.ts';
import { annealedCounts, annealedSampler } from './annealing.ts';
import { fittedSampler, type HeadSampler, ownSampler, studentSampler, teacherSampler } from './head-sampler.ts';
import { keptTokens } from './kept-tokens.ts';
import type { PlannedRow } from './plan.ts';

/** Samples of one row: what a worker needs to know. */
export interface SampleJob extends TokenGuidance {
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  readonly row: PlannedRow;
  /** File of the student's weights. */
  readonly student?: string;
  /** The row's solver, where it was fitted. */
  readonly fitted?: FittedSolver;
  /** Images in the closed loop (or none where the teacher makes no images). */
  readonly images: number;
  /** Contexts and draws of the token metrics. */
  readonly contexts: number;
  readonly draws: number;
  /** Further guidance scales under which tokens are drawn, from the same noise. */
  readonly scales?: readonly number[];
  /** The feature network. */
  readonly features?: FeatureSource;
  /** Key of the noise: rows of one set see the same noise. */
  readonly noise: readonly (string | number)[];
  /** What the samples come from, by hashes; kept with them, so that those of other weights are not taken for them. */
  readonly origin: Readonly<Record<string, string>>;
  readonly path: string;
}

/** Samples of rows as work units. */
export const sampleTasks: TaskKind<SampleJob> = {
  name: 'samples',
  module: new URL('./sample-worker.ts', import.meta.url),
  idOf: ({ path }) => basename(path, '.safetensors'),
};

/** Makes the samples of rows, one after another. */
export interface RowMaker {
  readonly make: (job: SampleJob) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Keeps the teacher, with its programs, for the next row of the same one. */
export function rowMaker(): RowMaker {
  let kept: { readonly key: string; readonly teacher: Teacher } | undefined;
  const dispose = async (): Promise<void> => {
    const last = kept;
    kept = undefined;
    await last?.teacher.dispose();
  };
  return {
    dispose,
    make: async (job) => {
      const key = JSON.stringify([job.teacher, job.engine, job.origin.teacher]);
      if (kept?.key !== key) {
        await dispose();
        kept = { key, teacher: await loadTeacher(job.teacher, job.engine) };
      }
      await sampleRowOf(kept.teacher, job);
    },
  };
}

/**
 * Makes a row's samples and writes them: tokens [C, m, D], the same under further guidance scales, and the places of their
 * contexts in their images [C]; images [N, …], their features, logits and, of the first of them, tokens [n, L, D].
 */
async function sampleRowOf(teacher: Teacher, job: SampleJob): Promise<void> {
  const contexts = await teacher.contexts(contextsOf(job));
  const tokens = await sampleTokens(job, teacher, contexts);
  const scaled: Record<string, HostTensor> = {};
  for (const guidance of job.scales ?? [])
    scaled[scaledTokens(guidance)] = await sampleTokens({ ...job, guidance }, teacher, contexts);
  const { position } = contexts;
  const images = teacher.images && job.images > 0 ? await sampleImages(job, teacher, teacher.images) : {};
  await writeSealed(job.path, { tokens, ...scaled, position, ...images }, job.origin);
}

/** The name of the tokens that were drawn under a further guidance scale. */
const scaledTokens = (guidance: number): string => `${SCALED}${guidance}`;

/** The guidance scale that a name of `scaledTokens` tells; undefined of other names. */
export const scaleOfTokens = (name: string): number | undefined =>
  name.startsWith(SCALED) ? Number(name.slice(SCALED.length)) : undefined;

const SCALED = 'tokens_w';

/** The sampler of a row for K draws a context. */
export async function rowSampler(
  job: Pick<SampleJob, 'row' | 'student' | 'fitted' | 'engine' | 'noise'>,
  teacher: Teacher,
  draws: number,
): Promise<HeadSampler> {
  const { annealed } = job.row;
  if (annealed === undefined) return fixedSampler(job, teacher, draws);
  return annealedSampler(annealedCounts(annealed, tokensOf(teacher)), (steps) =>
    fixedSampler({ ...job, row: { ...job.row, steps }, noise: [...job.noise, 'steps', steps] }, teacher, draws),
  );
}

/** Tokens of a teacher's image; 1 where it makes none. */
const tokensOf = ({ images }: Teacher): number => images?.tokens ?? 1;

async function fixedSampler(
  { row, student, fitted, engine, noise }: Parameters<typeof rowSampler>[0],
  teacher: Teacher,
  draws: number,
): Promise<HeadSampler> {
  if (fitted !== undefined) return fittedSampler(teacher, draws, fitted, engine);
  if (row.own === true) return ownSampler(teacher, engine, noise);
  if (row.fit !== undefined) throw new TypeError(`${row.name}: a row of a fitted solver without it`);
  if (student === undefined) return teacherSampler(teacher, draws, row.method as SolverName, row.steps, engine);
  const head = await readStudent(student);
  return studentSampler({ ...head, sampler: row.sampler ?? head.sampler }, draws, row.steps, engine, noise);
}

/** The contexts of the token metrics: of data that nothing was trained on, each of another image, under any scale the same. */
const contextsOf = ({ contexts, guidance }: Pick<SampleJob, 'contexts' | 'guidance'>): ContextRequest => ({
  rows: contexts,
  key: ['evaluation', 'contexts'],
  freeRunning: 0,
  split: 'test',
  apart: true,
  guidance: { min: guidance, max: guidance },
});

/** Draws of tokens [C, m, D] of a row; under these contexts where they are at hand. */
export async function sampleTokens(
  job: Pick<
    SampleJob,
    'row' | 'student' | 'fitted' | 'engine' | 'contexts' | 'draws' | 'noise' | 'guidance' | 'schedule'
  >,
  teacher: Teacher,
  given?: Contexts,
): Promise<HostTensor<Float32Array>> {
  const { contexts: rows, draws } = job;
  const contexts = given ?? (await teacher.contexts(contextsOf(job)));
  const noise = {
    shape: [rows, draws, teacher.token],
    data: stream(...job.noise, 'tokens').normal(rows * draws * teacher.token),
  };
  const scales = Float32Array.from(contexts.position.data, (position) => scaleAt(job, position, tokensOf(teacher)));
  const w = { shape: [rows], data: scales };
  const sampler = await rowSampler(job, teacher, draws);
  try {
    return await sampler.run({ ...contexts, w, noise });
  } finally {
    await sampler.dispose();
  }
}

/** Labels that go round the prompts. */
export const balancedLabels = (count: number, prompts: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i % prompts);

/** Images whose tokens are kept. */
const TOKENS_OF = 1000;

/** Whole images of a row in the closed loop, prompt after prompt; with a network, what it sees in them and tokens, too. */
export async function sampleImages(
  job: Pick<
    SampleJob,
    'row' | 'student' | 'fitted' | 'engine' | 'images' | 'noise' | 'guidance' | 'schedule' | 'features'
  >,
  teacher: Teacher,
  model: ImageModel,
): Promise<{ readonly images: HostTensor<Float32Array>; readonly [name: string]: HostTensor }> {
  const sampler = await rowSampler(job, teacher, 1);
  try {
    const labels = balancedLabels(job.images, model.prompts.length);
    const noise = zeros([job.images, model.tokens, teacher.token]);
    stream(...job.noise, 'images').normal(noise.data);
    const kept = keptTokens(Math.min(TOKENS_OF, job.images), model.tokens, teacher.token);
    const { images } = await model.generate(
      { labels, noise },
      kept.of(tokenHead(sampler, model.tokens, (position) => scaleAt(job, position, model.tokens))),
    );
    if (job.features === undefined) return { images };
    const network = await openJudge(job.features, job.engine);
    try {
      return { images, image_tokens: kept.tokens, ...(await network.extract(images)) };
    } finally {
      await network.dispose();
    }
  } finally {
    await sampler.dispose();
  }
}

/** A head sampler as the backbone calls it for each of an image's tokens: one draw a context, with the guidance scale of its position. */
export const tokenHead =
  (sampler: HeadSampler, tokens: number, scale: (position: number) => number): TokenHead =>
  async ({ conditional, unconditional, noise, position, first = 0 }) => {
    const [rows = 0, token = 0] = noise.shape;
    const w = { shape: [rows], data: new Float32Array(rows).fill(scale(position)) };
    const { data } = await sampler.run({
      conditional,
      unconditional,
      w,
      noise: { shape: [rows, 1, token], data: noise.data },
      position: { shape: [rows], data: new Int32Array(rows).fill(position) },
      fresh: { batch: first / sideBySide, rows: sideBySide, place: position, places: tokens },
    });
    return { shape: [rows, token], data };
  };
