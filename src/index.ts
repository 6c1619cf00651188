/**
 * fewstep as a library.
 *
 * From recipe to report, as `fewstep run` does it:
 *
 * ```ts
 * import { distill, loadRecipe } from 'fewstep';
 *
 * const progress = { stage: (name, total, unit) => ({ advance(done) {}, done() {} }) };
 * const { verdict, students } = await distill(await loadRecipe('distill', 'recipes/smoke.yaml'), {
 *   progress,
 *   command: 'node distil.js',
 * });
 * ```
 *
 * Or piece by piece, in this process and in memory: `loadTeacher`, `solveTrajectories`, `distillationTask`, `train`,
 * then `compile` a function of `meanVelocity` and `sample`. Tensors are `[B contexts, K draws, D]` everywhere, noise is
 * at time 0, data at time 1.
 */

// Whole runs: a recipe, its stages, its results.

export { type Distilled, type DistillOptions, distill, stages } from './distill.ts';
export { readEvaluation } from './evaluate/evaluation-file.ts';
export type { Evaluation, EvaluationRow } from './evaluate/result.ts';
export { giveBackHead, giveBackStudent } from './export/give-back.ts';
export { exportStudent } from './export/students.ts';
export type { Progress } from './progress.ts';
export { loadRecipe } from './recipe/load.ts';
export type { DistillRecipe } from './recipe/recipe.ts';
export type { ResolvedRecipe } from './recipe/resolve.ts';
export { compareRuns } from './report/compare.ts';
export { writeReport } from './report/write.ts';

// The idea: velocities, jumps, contexts.

export type { Context, Jump, Velocity } from './flow.ts';

// Programs: plain functions on tfjs tensors, compiled.

export { compile, traceToOnnx } from './graph/compile.ts';
export { cpuEngine, type Engine, type NamedTensors, type Program, type TensorFunction } from './graph/program.ts';
export type { HostTensor, Parameters } from './host-tensor.ts';

// Teachers, and the solvers of their flow.

export { type Solver, solve, uniformTimes } from './solver/solver.ts';
export { solvers } from './solver/table.ts';
export { loadTeacher } from './teacher/load.ts';
export type { Teacher } from './teacher/teacher.ts';
export type { TrajectoryCache } from './trajectory/cache.ts';
export { solveTrajectories } from './trajectory/solve.ts';
export { teacherSolver } from './trajectory/solve-cached.ts';

// Students, and the methods that train them.

export type { HeadConfig } from './head/config.ts';
export type { Method, MethodEntry } from './method/method.ts';
export { methods } from './method/table.ts';
export { readStudent, type Student, writeStudent } from './student/file.ts';
export { jumpOf, meanVelocity, studentFromScratch, studentFromTeacher } from './student/network.ts';
export { sample, samplers } from './student/sampler.ts';
export { distillationTask } from './train/distil-student.ts';
export { type TrainingTask, train } from './train/loop.ts';

// Mistakes that a caller can act on.

export { FlowError } from './errors.ts';
