import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { createPool } from '../../ground/pool/pool.ts';
import type { Progress } from '../../ground/progress.ts';
import { teacherSource } from '../../teachers/load.ts';
import type { Speed } from './result.ts';
import { type SampledRow, scheduleOf } from './samples.ts';
import type { SpeedJob } from './speed-job.ts';

/** Measures rows one after another in a single worker; a head at a step count is as fast with any seed. */
export async function measureSpeedsOf(
  recipe: DistillRecipe,
  rows: readonly SampledRow[],
  { progress, signal }: { readonly progress: Progress; readonly signal?: AbortSignal },
): Promise<(Speed | undefined)[]> {
  const first = rows.filter(({ row }) => row.seed === recipe.seeds[0]);
  const stage = progress.stage('speed', first.length, 'rows');
  const { kind, provider, threads } = recipe.engine;
  const pool = createPool<SpeedJob, Speed[], number>(new URL('./speed-worker.ts', import.meta.url), {
    workers: 1,
    ...(signal && { signal }),
  });
  try {
    const job: SpeedJob = {
      teacher: teacherSource(recipe),
      engine: { kind, provider, threads },
      rows: first.map(({ row, student, fitted }) => ({
        row,
        ...(student && { student: student.path }),
        ...(fitted && { fitted }),
      })),
      guidance: recipe.evaluation.guidance,
      ...scheduleOf(recipe.evaluation),
      batches: recipe.evaluation.latencyBatches,
    };
    const speeds = await pool.run(job, { onMessage: (done) => stage.advance(done) });
    stage.done();
    return rows.map(
      ({ row }) => speeds[first.findIndex((other) => other.row.name === row.name && other.row.steps === row.steps)],
    );
  } finally {
    await pool.close();
  }
}
