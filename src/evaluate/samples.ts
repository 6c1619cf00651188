import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors } from '../file/safetensors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { createPool } from '../pool/pool.ts';
import type { Progress } from '../progress.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import type { TrainedStudent } from '../train/students.ts';
import { type PlannedRow, plannedRows, rowFile, rowForwards } from './plan.ts';
import type { SampleJob } from './sample-job.ts';

/** The samples of a row, as its worker wrote them. */
export interface RowSamples {
  readonly tokens: HostTensor<Float32Array>; // [C, m, D]
  readonly images?: HostTensor<Float32Array>; // [N, height, width]
  readonly features?: HostTensor<Float32Array>; // [N, d]
  readonly logits?: HostTensor<Float32Array>; // [N, classes]
}

/** A row with its job: `other` is the teacher from a second, disjoint set of noise, for the floor. */
export interface SampledRow {
  readonly row: PlannedRow;
  readonly student?: TrainedStudent;
  readonly path: string;
  readonly other: boolean;
}

/** Contexts and draws of the token metrics; their product is the recipe's samples where there are no images. */
const DRAWS = 128;
const IMAGE_CONTEXTS = 64;

/** Every row of a recipe, and the teacher a second time for each seed. */
export function sampledRows(recipe: DistillRecipe, students: readonly TrainedStudent[], folder: string): SampledRow[] {
  const rows = plannedRows(recipe).map((row): SampledRow => {
    const student = students.find(({ name, seed }) => row.kind === 'student' && name === row.name && seed === row.seed);
    return { row, path: join(folder, `${rowFile(row)}.safetensors`), other: false, ...(student && { student }) };
  });
  const teachers = rows.filter(({ row }) => row.kind === 'teacher');
  return [...rows, ...teachers.map(({ row }) => ({ row, other: true, path: join(folder, `${rowFile(row)}-other.safetensors`) }))];
}

/** What the stage runs with. */
export interface SamplesOptions {
  readonly progress: Progress;
  readonly images: boolean;
  readonly signal?: AbortSignal;
}

/** Samples every row whose file is not there yet, the dearest first. */
export async function sampleRows(recipe: DistillRecipe, rows: readonly SampledRow[], folder: string, options: SamplesOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const cost = ({ row }: SampledRow): number => rowForwards(row) + 4;
  const missing = rows.filter(({ path }) => !existsSync(path)).sort((a, b) => cost(b) - cost(a));
  if (missing.length === 0) return;
  const stage = options.progress.stage('samples', rows.reduce((sum, row) => sum + cost(row), 0), 'forwards a token');
  let done = rows.filter((row) => !missing.includes(row)).reduce((sum, row) => sum + cost(row), 0);
  stage.advance(done);
  const pool = createPool<SampleJob, void>(new URL('./sample-worker.ts', import.meta.url), {
    workers: Math.min(recipe.engine.workers, missing.length),
    ...(options.signal && { signal: options.signal }),
  });
  try {
    await pool.all(
      missing.map((row) => sampleJob(recipe, row, options.images)),
      {
        onDone: (_, index) => {
          const row = missing[index];
          if (row === undefined) return;
          done += cost(row);
          stage.advance(done, `${row.row.name}, ${row.row.steps} steps`);
        },
      },
    );
    stage.done();
  } finally {
    await pool.close();
  }
}

function sampleJob(recipe: DistillRecipe, { row, student, path, other }: SampledRow, images: boolean): SampleJob {
  const { evaluation, engine, teacher } = recipe;
  const { kind, provider, threads } = engine;
  return {
    teacher,
    engine: { kind, provider, threads },
    row,
    ...(student && { student: student.path }),
    guidance: evaluation.guidance,
    images: images ? evaluation.samples : 0,
    contexts: images ? IMAGE_CONTEXTS : Math.max(8, Math.ceil(evaluation.samples / DRAWS)),
    draws: DRAWS,
    ...(evaluation.features !== undefined && { features: evaluation.features }),
    noise: ['evaluation', other ? 'other' : 'own'],
    path,
  };
}

/** Reads a row's samples. */
export async function readSamples(path: string): Promise<RowSamples> {
  const file = await openSafetensors(path);
  return (await file.readAll().finally(() => file.close())) as unknown as RowSamples;
}
