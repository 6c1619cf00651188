/**
 * fewstep as a library.
 *
 * From recipe to report, as `fewstep run` does it:
 *
 * ```ts
 * import { distill, loadRecipe } from 'fewstep';
 *
 * const { verdict, students } = await distill(await loadRecipe('distill', 'recipes/smoke.yaml'));
 * ```
 *
 * Or piece by piece, in this process and in memory, with any teacher: `solveTrajectories`, `distillationTask`, `train`,
 * `evaluateStudent`, `exportStudent`; docs/library has a whole program. `distillationTask` trains a method of one's own, too:
 * an entry (`defineMethod`) in the place of a name. Whole runs load what is one's own by name, in all their threads, from
 * plug-ins: `usePlugins`, docs/plugins. Tensors are `[B contexts, K draws, D]` everywhere, noise is
 * at time 0, data at time 1.
 */

// Whole runs: a recipe, its stages, its results.

export { type Distilled, type DistillOptions, distill, stages } from './distill.ts';
export { giveBackHead, giveBackStudent } from './distillation/export/give-back.ts';
export { type ExportOptions, exportStudent } from './distillation/export/students.ts';
export {
  createSampler,
  type SampleInputs,
  type Sampler,
  type SamplerOptions,
} from './distillation/exported/create-sampler.ts';
export type { DistillRecipe } from './distillation/recipe/recipe.ts';
export type { ResolvedRecipe } from './distillation/recipe/resolve.ts';
export { defineMetric, type Metric, measureOn } from './evaluation/metric/metric.ts';
export {
  evaluateStudent,
  type StudentEvaluation,
  type StudentEvaluationOptions,
} from './evaluation/reference/evaluate-student.ts';
export { readEvaluation } from './evaluation/stage/evaluation-file.ts';
export type { Evaluation, EvaluationRow } from './evaluation/stage/result.ts';
export { meanEstimate } from './evaluation/statistics/interval.ts';
export { readSafetensors, writeSafetensors } from './ground/file/safetensors.ts';
export type { Progress } from './ground/progress.ts';
export { stream } from './ground/random/philox.ts';
export { loadRecipe } from './plugins/load-recipe.ts';
export { compareRuns } from './report/compare.ts';
export { writeReport } from './report/write.ts';

// The idea: velocities, jumps, contexts.

export {
  type Context,
  drift,
  guide,
  interpolate,
  type Jump,
  perContext,
  type Velocity,
} from './heads/flow.ts';

// Programs: plain functions on tfjs tensors, compiled.

export { compile, traceToOnnx } from './engine/compile.ts';
export { named } from './engine/graph/named.ts';
export {
  cpuEngine,
  type Engine,
  type NamedTensors,
  type Program,
  type TensorFunction,
} from './engine/graph/program.ts';
export type { HostTensor, Parameters } from './ground/host-tensor.ts';

// Teachers, and the solvers of their flow.

export type { TrajectoryCache } from './distillation/trajectory/cache.ts';
export { solveTrajectories } from './distillation/trajectory/solve.ts';
export { families } from './heads/family/table.ts';
export { type Solver, solve, uniformTimes } from './heads/solver/solver.ts';
export { solvers } from './heads/solver/table.ts';
export type { ImageDataSet } from './teachers/data/image-data-set.ts';
export { randomContexts } from './teachers/exact/random-contexts.ts';
export { loadTeacher } from './teachers/load.ts';
export { teacherSolver } from './teachers/solve/teacher-solver.ts';
export { defineTeacher, type TeacherEntry } from './teachers/table.ts';
export type { ContextRequest, Contexts, Teacher } from './teachers/teacher.ts';

// Students, and the methods that train them.

export { defineMethod, type Method, type MethodEntry } from './distillation/method/method.ts';
export { drawPairs, pairSpecs } from './distillation/method/pair.ts';
export { methods } from './distillation/method/table.ts';
export { readStudent, type Student, writeStudent } from './distillation/student/file.ts';
export { jumpOf, meanVelocity, studentFromScratch, studentFromTeacher } from './distillation/student/network.ts';
export { sample } from './distillation/student/sampler/sample.ts';
export { samplers } from './distillation/student/sampler/table.ts';
export { distillationTask, type OnlineTeacher } from './distillation/train/distil-student.ts';
export type { TrainingTask } from './engine/training/task.ts';
export { trainUsually as train, type UsualTraining } from './engine/training/usual.ts';
export type { Architecture } from './heads/network/architecture.ts';
export type { HeadConfig } from './heads/network/config.ts';
export { layerNorm, linear, normalize, shiftScale, silu } from './heads/network/layers.ts';
export { architectures } from './heads/network/table.ts';

// Plug-ins: entries of one's own in the tables.

export { definePlugin, type Plugin, type PluginEntries } from './plugins/plugin.ts';
export { usePlugins } from './plugins/use-plugins.ts';

// Mistakes that a caller can act on.

export { FlowError } from './ground/errors.ts';
