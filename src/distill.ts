/** The pipeline in the order the data flows; each stage keeps its files, so the same call again goes on where it was. */
import { join } from 'node:path';
import { evaluate } from './evaluate/evaluate.ts';
import { readFeatures } from './evaluate/features.ts';
import type { Evaluation } from './evaluate/result.ts';
import { exportRequests, exportStudents } from './export/students.ts';
import { markResults, resultFolder } from './file/result-folder.ts';
import { openRun } from './file/run-folder.ts';
import type { Progress } from './progress.ts';
import type { ResolvedRecipe } from './recipe/resolve.ts';
import { writeReport } from './report/write.ts';
import { loadTeacher } from './teacher/load.ts';
import type { Teacher } from './teacher/teacher.ts';
import { trainStudents } from './train/students.ts';
import { generateTrajectories } from './trajectory/generate.ts';
import { versions } from './versions.ts';

/** How a run is watched, stopped and named. */
export interface DistillOptions {
  readonly progress: Progress;
  /** The command that reproduces the run, for the report. */
  readonly command: string;
  readonly signal?: AbortSignal;
}

/** Where a finished run's results are. */
export interface Distilled {
  readonly evaluation: Evaluation;
  /** The verdict as text, with the table of results. */
  readonly verdict: string;
  readonly run: string;
  readonly report: string;
  readonly students: string;
}

/** Distils a recipe's teacher into its students: trajectories → training → evaluation → report → export. */
export async function distill(resolved: ResolvedRecipe<'distill'>, options: DistillOptions): Promise<Distilled> {
  const { recipe, hash, yaml } = resolved;
  const run = await openRun('runs', { name: recipe.name, hash, recipe: yaml, versions: versions() });
  try {
    if (recipe.evaluation.features !== undefined) await readFeatures(recipe.evaluation.features); // hours before its use
    const teacher = await loadTeacher(recipe.teacher, recipe.engine);
    return await distilled(resolved, teacher, run.path, options).finally(() => teacher.dispose());
  } finally {
    await run.release();
  }
}

async function distilled(
  resolved: ResolvedRecipe<'distill'>,
  teacher: Teacher,
  run: string,
  options: DistillOptions,
): Promise<Distilled> {
  const { recipe, hash } = resolved;
  const cache = join(run, 'trajectories');
  const facts = await generateTrajectories(recipe, teacher, { ...options, folder: cache });
  const students = await trainStudents(recipe, { ...options, cache, run });
  const evaluation = await evaluate(resolved, { ...options, teacher, facts, students, run, versions: versions() });
  const reports = await resultFolder('reports', recipe.name, hash);
  const exports = await resultFolder('students', recipe.name, hash);
  for (const folder of [reports, exports]) await markResults(folder, hash); // first: what a kill leaves is known as ours
  const report = await writeReport(run, reports);
  await exportStudents(exportRequests(recipe, students), exports, options.progress);
  return { evaluation, verdict: report.verdict, run, report: report.html, students: exports };
}
