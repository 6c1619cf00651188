/** What the units of a recipe compute: that by which times of one recipe tell those of another. */
import { basename } from 'node:path';
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { samplersOf } from '../../distillation/recipe/times.ts';
import { fitPath } from '../../distillation/solver/file.ts';
import { mostFitForwards, plannedFits } from '../../distillation/solver/plan.ts';
import { mostSearchForwards } from '../../distillation/train/search-times.ts';
import { studentTasks, trainingForwards } from '../../distillation/train/student-job.ts';
import { studentJobs } from '../../distillation/train/students.ts';
import { heldOutJob, pathForwards } from '../../distillation/trajectory/generate.ts';
import { heldOutSizes } from '../../distillation/trajectory/held-out.ts';
import { shardTasks } from '../../distillation/trajectory/job.ts';
import { ownForwards } from '../../distillation/trajectory/own-ends.ts';
import { furtherScales } from '../../evaluation/stage/guidance-grid.ts';
import { rowForwards } from '../../evaluation/stage/plan.ts';
import { rowGroups } from '../../evaluation/stage/row-groups.ts';
import { sampleCounts } from '../../evaluation/stage/samples.ts';
import type { TaskKindName } from '../../ground/pool/executor.ts';
import type { Teacher } from '../../teachers/teacher.ts';

/** What is asked of a teacher here. */
export type WorkTeacher = Pick<Teacher, 'evaluations' | 'images' | 'own'>;

/** Head forwards of the units of a kind, by their names; of metrics, samples that are compared. */
export type UnitWorks = Readonly<Record<TaskKindName, ReadonlyMap<string, number>>>;

/** What a shard of so many contexts computes, in head forwards. */
export const shardWork = ({ trajectories }: DistillRecipe, teacher: WorkTeacher, rows: number): number =>
  rows *
  (trajectories.draws * pathForwards(trajectories, teacher) + (trajectories.ownEnds ?? 0) * ownForwards(teacher));

/** What the held-out set computes. */
export function heldOutWork({ trajectories }: DistillRecipe, teacher: WorkTeacher): number {
  const { contexts, draws, ownEnds = 0 } = heldOutSizes(trajectories);
  return contexts * (draws * pathForwards(trajectories, teacher) + ownEnds * ownForwards(teacher));
}

/** The work of all units but the shards of a recipe, which are alike but for the last. */
export function unitWorks(recipe: DistillRecipe, teacher: WorkTeacher): Omit<UnitWorks, 'trajectories'> {
  const { trajectories } = recipe;
  const heldOut = { facts: heldOutSizes(trajectories) };
  const students = studentJobs(recipe, { run: '', cache: '' }).map((job) => {
    const search = { samplers: samplersOf(job.student), counts: job.counts ?? [] };
    const searched = mostSearchForwards(search, trajectories);
    return [studentTasks.idOf(job), trainingForwards(job.student, teacher, { heldOut }).all + searched] as const;
  });
  const solvers = plannedFits(recipe).map(
    (fit) => [basename(fitPath('', fit), '.json'), mostFitForwards(fit, recipe, teacher)] as const,
  );
  const rows = rowGroups(recipe, { students: [], solvers: [], teacher }, '').flatMap((group) => group.rows);
  const { images, contexts, draws } = sampleCounts(recipe.evaluation, teacher.images !== undefined);
  const samples = rows.map(({ row, path, other, guidance = recipe.evaluation.guidance }) => {
    const scales = guidance === recipe.evaluation.guidance ? furtherScales(recipe, row, other).length : 0;
    const tokens = contexts * draws * (1 + scales) + images * (teacher.images?.tokens ?? 0);
    return [basename(path, '.safetensors'), rowForwards(row, teacher) * tokens] as const;
  });
  return {
    students: new Map(students),
    solvers: new Map(solvers),
    samples: new Map(samples),
    metrics: new Map(samples.map(([id]) => [id, contexts * draws + images])),
  };
}

/** The work of the shards of a recipe that has few enough to name them, and of its held-out set. */
export function shardWorks(recipe: DistillRecipe, teacher: WorkTeacher, ids: readonly string[]): Map<string, number> {
  const { contexts, shardRows } = recipe.trajectories;
  const heldOut = shardTasks.idOf(heldOutJob(recipe, ''));
  return new Map(
    ids.map((id) => {
      const index = Number(id.replace(/^\D*/, ''));
      const rows = Math.min(shardRows, contexts - index * shardRows);
      return [id, id === heldOut ? heldOutWork(recipe, teacher) : shardWork(recipe, teacher, rows)];
    }),
  );
}
