import type { DistillRecipe, StudentRecipe } from '../../distillation/recipe/recipe.ts';
import { measuredCounts, samplersOf, searchedCounts } from '../../distillation/recipe/times.ts';
import { mostFitForwards, plannedFits } from '../../distillation/solver/plan.ts';
import { studentShapes } from '../../distillation/student/network.ts';
import { mostSearchForwards } from '../../distillation/train/search-times.ts';
import { studentConfig, trainingForwards } from '../../distillation/train/student-job.ts';
import { cacheForwards } from '../../distillation/trajectory/generate.ts';
import { heldOutSizes } from '../../distillation/trajectory/held-out.ts';
import { shardBytes } from '../../distillation/trajectory/shard.ts';
import { plannedRows, rowForwards } from '../../evaluation/stage/plan.ts';
import { sampleCounts } from '../../evaluation/stage/samples.ts';
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import type { Teacher } from '../../teachers/teacher.ts';

/** What a stage, or a part of one, costs. */
export interface PartCost {
  readonly name: string;
  /** Parts of one stage share the workers. */
  readonly stage: 'trajectories' | 'distill' | 'solvers' | 'evaluate';
  /** Head forwards; a backward counts two, guidance doubles. */
  readonly forwards: number;
  /** 2·P a forward, P all parameters of the head. */
  readonly flops: number;
  /** Jobs that workers can share. */
  readonly jobs: number;
}

/** What a recipe costs before it runs: the heads' work, and the shards on disk. */
export interface CostEstimate {
  readonly parts: readonly PartCost[];
  readonly cacheBytes: number;
}

/**
 * The cost of a recipe's cache, of each student's training over all seeds, with the longest search of its times where
 * these are searched, of the longest fits of its solvers, and of the samples of its evaluation.
 */
export function estimateCost(recipe: DistillRecipe, teacher: Teacher): CostEstimate {
  const { trajectories, students, seeds } = recipe;
  const shards = Math.ceil(trajectories.contexts / trajectories.shardRows) + 1; // and what is held out
  const forwards = cacheForwards(trajectories, teacher);
  const flops = 2 * countOf(teacher.parameters) * forwards;
  const training = students.map((student): PartCost => {
    const heldOut = { facts: heldOutSizes(trajectories) };
    const measured = { ...student, steps: measuredCounts(student, recipe) };
    const each = trainingForwards(measured, teacher, { heldOut });
    const search = { samplers: samplersOf(student), counts: searchedCounts(student, recipe) };
    const searched = mostSearchForwards(search, trajectories);
    const own = studentParameters(student, students, teacher) * (each.student + each.probes + searched);
    const flops = 2 * seeds.length * (own + countOf(teacher.parameters) * each.teacher);
    return {
      name: student.name,
      stage: 'distill',
      forwards: seeds.length * (each.all + searched),
      flops,
      jobs: seeds.length,
    };
  });
  return {
    parts: [
      { name: 'trajectories', stage: 'trajectories', forwards, flops, jobs: shards },
      ...training,
      ...fitCost(recipe, teacher),
      evaluationCost(recipe, teacher),
    ],
    cacheBytes: [trajectories, heldOutSizes(trajectories)].reduce(
      (sum, { contexts, ...draws }) => sum + shardBytes(contexts, { ...trajectories, ...draws, ...teacher }),
      0,
    ),
  };
}

/** The fits of the recipe's solvers as one part, where there are any. */
function fitCost(recipe: DistillRecipe, teacher: Teacher): PartCost[] {
  const fits = plannedFits(recipe);
  if (fits.length === 0) return [];
  const forwards = fits.reduce((sum, fit) => sum + mostFitForwards(fit, recipe, teacher), 0);
  const flops = 2 * countOf(teacher.parameters) * forwards;
  return [{ name: 'fitted solvers', stage: 'solvers', forwards, flops, jobs: fits.length }];
}

/** Every row is sampled once at each guidance scale, the teacher's twice: the second time for the floor. */
function evaluationCost(recipe: DistillRecipe, teacher: Teacher): PartCost {
  const { images, contexts, draws } = sampleCounts(recipe.evaluation, teacher.images !== undefined);
  const tokens = contexts * draws + images * (teacher.images?.tokens ?? 0);
  const rows = plannedRows(recipe, teacher.own);
  const once = [...rows, ...rows.filter(({ kind }) => kind === 'teacher')];
  const sampled = [recipe.evaluation.guidance, ...(recipe.evaluation.otherGuidance ?? [])].flatMap(() => once);
  let [forwards, flops] = [0, 0];
  for (const row of sampled) {
    const student = recipe.students.find(({ name }) => name === row.student);
    const parameters = student ? studentParameters(student, recipe.students, teacher) : countOf(teacher.parameters);
    forwards += rowForwards(row, teacher) * tokens;
    flops += 2 * parameters * rowForwards(row, teacher) * tokens;
  }
  return { name: 'evaluation', stage: 'evaluate', forwards, flops, jobs: sampled.length };
}

/** Parameters of a student; one that starts from an earlier student has its sizes. */
function studentParameters(student: StudentRecipe, all: readonly StudentRecipe[], teacher: Teacher): number {
  const earlier = all.find(({ name }) => name === student.init);
  if (earlier !== undefined) return studentParameters(earlier, all, teacher);
  return Object.values(studentShapes(studentConfig(student, teacher))).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

const countOf = (parameters: Readonly<Record<string, HostTensor>>): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
