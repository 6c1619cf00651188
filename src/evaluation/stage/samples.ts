import { join } from 'node:path';
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { type FittedSolver, fittedHash } from '../../distillation/solver/file.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { counted } from '../../ground/counted.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import { isSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { type Executor, localExecutor } from '../../ground/pool/executor.ts';
import type { Progress } from '../../ground/progress.ts';
import { teacherSource } from '../../teachers/load.ts';
import type { OwnSampler, Teacher } from '../../teachers/teacher.ts';
import { judgeHash } from '../features/open-judge.ts';
import { furtherScales } from './guidance-grid.ts';
import { type PlannedRow, plannedRows, rowFile, rowForwards } from './plan.ts';
import { type SampleJob, sampleTasks, scaleOfTokens } from './sample-job.ts';

/** The samples of a row, as its worker wrote them. */
export interface RowSamples {
  readonly tokens: HostTensor<Float32Array>; // [C, m, D]
  readonly position: HostTensor<Int32Array>; // [C]
  /** Tokens under further guidance scales, by scale. */
  readonly scaled: ReadonlyMap<number, HostTensor<Float32Array>>; // [C, m, D]
  readonly image_tokens?: HostTensor<Float32Array>; // [n, L, D]
  readonly images?: HostTensor<Float32Array>; // [N, height, width]
  readonly features?: HostTensor<Float32Array>; // [N, d]
  readonly logits?: HostTensor<Float32Array>; // [N, classes]
}

/** A row with its job: `other` is the teacher from a second, disjoint set of noise, for the floor. */
export interface SampledRow {
  readonly row: PlannedRow;
  readonly student?: TrainedStudent;
  /** The row's solver, where it was fitted. */
  readonly fitted?: FittedSolver;
  readonly path: string;
  readonly other: boolean;
  /** The guidance scale; the recipe's first one unless given. */
  readonly guidance?: number;
}

/** Contexts and draws of the token metrics; their product is the recipe's samples where there are no images. */
const DRAWS = 128;
const IMAGE_CONTEXTS = 64;

/** What the rows of a recipe measure beside its teacher. */
export interface Measured {
  readonly students: readonly TrainedStudent[];
  readonly solvers: readonly FittedSolver[];
  /** The teacher, whose system may have a sampler of its own. */
  readonly teacher?: { readonly own?: Pick<OwnSampler, 'rule' | 'steps'> };
}

/**
 * Every row of a recipe, and the teacher a second time for each seed; at the recipe's guidance scale, or at another one,
 * whose samples have files of their own.
 */
export function sampledRows(
  recipe: DistillRecipe,
  { students, solvers, teacher }: Measured,
  folder: string,
  guidance?: number,
): SampledRow[] {
  const at = guidance === undefined ? '' : `-w${guidance}`;
  const scale = guidance === undefined ? {} : { guidance };
  const rows = plannedRows(recipe, teacher?.own).map((row): SampledRow => {
    const student = students.find(({ name, seed }) => name === row.student && seed === row.seed);
    const path = join(folder, `${rowFile(row)}${at}.safetensors`);
    const fitted = solvers.find(
      ({ fit, solver, steps }) => fit === row.fit && solver === row.method && steps === row.steps,
    );
    return { row, path, other: false, ...scale, ...(student && { student }), ...(fitted && { fitted }) };
  });
  const teachers = rows.filter(({ row }) => row.kind === 'teacher');
  return [
    ...rows,
    ...teachers.map(({ row }) => ({
      ...{ row, other: true, ...scale },
      path: join(folder, `${rowFile(row)}${at}-other.safetensors`),
    })),
  ];
}

/** What the stage runs with. */
export interface SamplesOptions {
  readonly teacher: Teacher;
  readonly progress: Progress;
  /** Who samples; threads of this process unless given. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
}

/** Samples every row whose file is not there yet, whole and of these very weights, the dearest first. */
export async function sampleRows(
  recipe: DistillRecipe,
  rows: readonly SampledRow[],
  { teacher, progress, executor = localExecutor, signal }: SamplesOptions,
): Promise<void> {
  const origins = await originsOf(recipe, teacher);
  const jobs = new Map(rows.map((row) => [row, sampleJob(recipe, row, origins)]));
  const missing: [SampledRow, SampleJob][] = [];
  for (const [row, job] of jobs) if (!(await isSealed(job.path, job.origin))) missing.push([row, job]);
  const cost = ({ row }: SampledRow): number => rowForwards(row, teacher) + 4;
  missing.sort(([a], [b]) => cost(b) - cost(a));
  if (missing.length === 0) return;
  const total = rows.reduce((sum, row) => sum + cost(row), 0);
  const stage = progress.stage('samples', total, 'forwards a token');
  let done = total - missing.reduce((sum, [row]) => sum + cost(row), 0);
  stage.advance(done);
  const pool = executor.open(sampleTasks, {
    workers: Math.min(recipe.engine.workers, missing.length),
    attempts: 2,
    ...(signal && { signal }),
  });
  try {
    await pool.all(
      missing.map(([, job]) => job),
      {
        onDone: (_, index) => {
          const [row] = missing[index] ?? [];
          if (row === undefined) return;
          done += cost(row);
          stage.advance(done, `${row.row.name}, ${counted(row.row.steps, 'steps')}`);
        },
      },
    );
    stage.done();
  } finally {
    await pool.close();
  }
}

/** What the samples of all rows come from, beside the students. */
export interface Origins {
  /** Hash of the teacher. */
  readonly teacher: string;
  /** Hash of the feature network's weights, where there is one. */
  readonly features: string;
  /** Whether the teacher makes images. */
  readonly images: boolean;
}

/** What the samples of a recipe come from, by the files as they are now. Throws DataError or FileError. */
export async function originsOf(
  { evaluation: { features } }: Pick<DistillRecipe, 'evaluation'>,
  teacher: Pick<Teacher, 'hash' | 'images'>,
): Promise<Origins> {
  const hash = features === undefined ? 'none' : await judgeHash(features);
  return { teacher: teacher.hash, features: hash, images: teacher.images !== undefined };
}

/** How many samples a row has: whole images where the teacher makes them, and draws of tokens under some contexts. */
export const sampleCounts = ({ samples }: DistillRecipe['evaluation'], images: boolean) => ({
  images: images ? samples : 0,
  contexts: images ? IMAGE_CONTEXTS : Math.max(8, Math.ceil(samples / DRAWS)),
  draws: DRAWS,
});

/** The guidance schedule of a recipe, where it has one. */
export const scheduleOf = ({ guidanceSchedule: schedule }: DistillRecipe['evaluation']) =>
  schedule === undefined ? {} : { schedule };

/** The job of a row: rows see one set of noise, the teacher's second samples another. */
export function sampleJob(
  recipe: DistillRecipe,
  { row, student, fitted, path, other, guidance = recipe.evaluation.guidance }: SampledRow,
  origins: Origins,
): SampleJob {
  const { evaluation, engine } = recipe;
  const { kind, provider, threads } = engine;
  const scales = guidance === evaluation.guidance ? furtherScales(recipe, row, other) : [];
  const request = {
    row,
    ...{ guidance, ...scheduleOf(evaluation) },
    ...sampleCounts(evaluation, origins.images),
    ...(scales.length > 0 && { scales }),
    noise: ['evaluation', other ? 'other' : row.own === true ? 'system' : 'own'],
  };
  return {
    ...request,
    teacher: teacherSource(recipe),
    engine: { kind, provider, threads },
    ...(student && { student: student.path }),
    ...(fitted && { fitted }),
    ...(evaluation.features !== undefined && { features: evaluation.features }),
    origin: {
      teacher: origins.teacher,
      features: origins.features,
      student: student?.hash ?? 'none',
      ...(fitted && { solver: fittedHash(fitted) }),
      request: JSON.stringify(request),
    },
    path,
  };
}

/** Reads a row's samples. */
export async function readSamples(path: string): Promise<RowSamples> {
  const file = await openSafetensors(path);
  const tensors = await file.readAll().finally(() => file.close());
  const scaled = Object.entries(tensors).flatMap(([name, tensor]) => {
    const scale = scaleOfTokens(name);
    return scale === undefined ? [] : [[scale, tensor as HostTensor<Float32Array>] as const];
  });
  return { ...(tensors as unknown as Omit<RowSamples, 'scaled'>), scaled: new Map(scaled) };
}
