/** The pipeline in the order the data flows; each stage keeps its files, so the same call again goes on where it was. */
import { join } from 'node:path';
import { exportRequests, exportStudents } from './distillation/export/students.ts';
import { changedPlugins } from './distillation/recipe/changed-plugins.ts';
import { runRecipeText } from './distillation/recipe/paths.ts';
import type { DistillRecipe } from './distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from './distillation/recipe/resolve.ts';
import type { FittedSolver } from './distillation/solver/file.ts';
import { fitSolvers } from './distillation/solver/fit-solvers.ts';
import { type TrainedStudent, trainStudents } from './distillation/train/students.ts';
import { generateTrajectories, type SolvedTeacher } from './distillation/trajectory/generate.ts';
import type { SettledPrecision } from './distillation/trajectory/precision.ts';
import type { CacheFacts } from './distillation/trajectory/shard.ts';
import { measureByCommand } from './evaluation/command/by-command.ts';
import { checkAllowed, checkCommand } from './evaluation/command/check.ts';
import { checkJudge, judgeHash } from './evaluation/features/open-judge.ts';
import { settlePrecision } from './evaluation/parity/settle.ts';
import { checkToldReal } from './evaluation/real/told-real.ts';
import { evaluate } from './evaluation/stage/evaluate.ts';
import type { Evaluation } from './evaluation/stage/result.ts';
import { markResults, resultFolder } from './ground/file/result-folder.ts';
import { openRun, runPath } from './ground/file/run-folder.ts';
import { freeMemory } from './ground/free-memory.ts';
import type { Executor } from './ground/pool/executor.ts';
import { type Progress, untold } from './ground/progress.ts';
import { versions } from './ground/versions.ts';
import { writeCards } from './report/cards.ts';
import { writeReport } from './report/write.ts';
import { recordingExecutor } from './tasks/local.ts';
import { type PlannedTeacher, planOf, type UnplacedPlan } from './tasks/plan.ts';
import { taskRecords } from './tasks/record.ts';
import { isHandedOver, keptPrecision, settlePlan } from './tasks/settle-plan.ts';
import { makersOf } from './tasks/who.ts';
import { loadResvg, loadSharp } from './teachers/data/pictures.ts';
import { loadTeacher, teacherSource } from './teachers/load.ts';
import type { Teacher } from './teachers/teacher.ts';

/** How a run is watched, stopped and named. */
export interface DistillOptions {
  /** Nobody is told unless given. */
  readonly progress?: Progress;
  /** The command that reproduces the run, for the report; unless given it says that a program did it. */
  readonly command?: string;
  /** Whether the program of `evaluation.command` may run; a recipe alone runs no code. */
  readonly allowCommand?: boolean;
  /** Told what has changed since a resumed run was begun. */
  readonly note?: (text: string) => void;
  /** Who does the work units; threads of this process unless given. */
  readonly executor?: Executor;
  /** Whether machines of several kinds may do them. */
  readonly mixed?: boolean;
  readonly signal?: AbortSignal;
}

/** A run with its trajectories. */
export interface Solved {
  readonly run: string;
  /** Folder of the trajectories. */
  readonly cache: string;
  readonly facts: CacheFacts;
}

/** A run with its students. */
export interface Trained extends Solved {
  readonly students: readonly TrainedStudent[];
}

/** A run with its measurements. */
export interface Evaluated extends Trained {
  /** The teacher's solvers that were fitted to its paths. */
  readonly solvers: readonly FittedSolver[];
  readonly evaluation: Evaluation;
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

/** What every stage works with. */
interface Work
  extends Omit<DistillOptions, 'progress' | 'command'>,
    Required<Pick<DistillOptions, 'progress' | 'command'>> {
  readonly resolved: ResolvedRecipe<'distill'>;
  readonly teacher: SolvedTeacher;
  readonly run: string;
  readonly plan: UnplacedPlan;
  readonly precision?: SettledPrecision;
}

async function solved(work: Work): Promise<Solved> {
  const cache = join(work.run, 'trajectories');
  const facts = await generateTrajectories(work.resolved.recipe, work.teacher, { ...work, folder: cache });
  return { run: work.run, cache, facts };
}

async function trained(work: Work): Promise<Trained> {
  const before = await solved(work);
  return { ...before, students: await trainStudents(work.resolved.recipe, { ...work, ...before }) };
}

async function evaluated(work: Work): Promise<Evaluated> {
  const made = await trained(work);
  const { recipe } = work.resolved;
  const before = { ...made, solvers: await fitSolvers(recipe, { ...work, ...made }) };
  const byCommand = await measureByCommand(recipe, { ...work, ...before, versions: versions() });
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  const makers = async () => makersOf(await taskRecords(work.run));
  const options = { ...work, ...before, ...(byCommand && { byCommand }), teacher, versions: versions(), makers };
  return { ...before, evaluation: await evaluate(work.resolved, options).finally(() => teacher.dispose()) };
}

async function published(work: Work): Promise<Distilled> {
  await Promise.all([loadSharp(), loadResvg()]); // hours before their use
  const { recipe, hash } = work.resolved;
  const { run, students, evaluation } = await evaluated(work);
  const reports = await resultFolder('reports', recipe.name, hash);
  const exports = await resultFolder('students', recipe.name, hash);
  for (const folder of [reports, exports]) await markResults(folder, hash); // first: what a kill leaves is known as ours
  const report = await writeReport(run, reports);
  await exportStudents(exportRequests(recipe, students), exports, work.progress);
  await writeCards(run, exports);
  return { evaluation, verdict: report.verdict, run, report: report.html, students: exports };
}

/**
 * What the stages before the evaluation are told of the teacher: its weights, which may be large, are not kept for them.
 * Its contexts are checked, as far as that is cheap, before any worker starts.
 */
async function knownTeacher(
  recipe: DistillRecipe,
  note: DistillOptions['note'],
  run?: string,
): Promise<SolvedTeacher & { readonly planned: PlannedTeacher; readonly precision: Pick<Work, 'precision'> }> {
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  const { guidance, trajectories } = recipe;
  for (const remark of (await teacher.check?.({ guidance, contexts: trajectories.contexts })) ?? []) note?.(remark);
  const { name, hash, token, condition, evaluations, own } = teacher;
  const precision = run === undefined ? {} : await precisionIn(run, recipe, teacher, note);
  await teacher.dispose();
  return {
    ...{ name, hash, token, condition },
    ...(evaluations !== undefined && { evaluations }),
    ...(own && { own: { steps: own.steps, evaluations: own.evaluations } }),
    planned: { hash, ...(own && { own: { rule: own.rule, steps: own.steps } }) },
    precision,
  };
}

/** In which numbers a run's trajectories are solved: as was decided before, or by measurement. */
async function precisionIn(
  run: string,
  recipe: DistillRecipe,
  teacher: Teacher,
  note: DistillOptions['note'],
): Promise<Pick<Work, 'precision'>> {
  const kept = await keptPrecision(run);
  const precision = kept ?? (await settlePrecision(recipe, teacher));
  if (precision !== undefined && kept === undefined)
    note?.(`trajectories are solved in ${precision.used}: ${precision.reason}`);
  return precision === undefined ? {} : { precision };
}

/** What images are judged by and compared with is looked at hours before its use; gives the hash of what judges them. */
async function checkJudged({ features, statistics }: DistillRecipe['evaluation']): Promise<{ features?: string }> {
  if (features !== undefined) await checkJudge(features);
  if (statistics !== undefined) await checkToldReal(statistics);
  return features === undefined ? {} : { features: await judgeHash(features) };
}

/** The command of a run that no command line began. */
const byProgram = 'a program that uses fewstep as a library';

/**
 * The pipeline up to a stage, in the run's folder, which is this process's alone meanwhile; `measures` where that evaluates,
 * `handsOver` where a cluster goes on with it.
 */
const inRun =
  <Result>(upTo: (work: Work) => Promise<Result>, { measures = false, handsOver = false } = {}) =>
  async (resolved: ResolvedRecipe<'distill'>, options: DistillOptions = {}): Promise<Result> => {
    const { recipe, hash } = resolved;
    if (measures) checkAllowed(recipe, options.allowCommand === true);
    const { name } = recipe;
    const path = runPath('runs', { name, hash });
    const text = runRecipeText(recipe, path);
    for (const change of await changedPlugins('runs', resolved)) options.note?.(change);
    const coordinates = options.executor !== undefined;
    const elsewhere = coordinates || handsOver || (await isHandedOver(path));
    const run = await openRun('runs', { name, hash, recipe: text, versions: versions() }, { elsewhere });
    try {
      for (const change of run.changes) options.note?.(`resumed with ${change}`);
      if (measures) await checkCommand(recipe);
      const judged = await checkJudged(recipe.evaluation);
      const { planned, precision, ...teacher } = await knownTeacher(recipe, options.note, run.path);
      const workers = handsOver ? 'chosen' : coordinates ? 'coordinated' : 'own';
      const plan = await settlePlan(
        run.path,
        planOf(recipe, run.path, planned, { ...mixing(options), ...judged, ...precision }),
        workers,
      );
      freeMemory();
      const { executor = recordingExecutor(run.path) } = options;
      return await upTo({
        progress: untold,
        command: byProgram,
        ...options,
        executor,
        resolved,
        teacher,
        run: run.path,
        plan,
        ...precision,
      });
    } finally {
      await run.release();
    }
  };

const mixing = ({ mixed = false }: DistillOptions) => ({ mixed });

/** The plan of a run, of which nothing is written. */
export async function planned(
  { recipe, hash }: ResolvedRecipe<'distill'>,
  options: DistillOptions,
): Promise<UnplacedPlan> {
  checkAllowed(recipe, options.allowCommand === true);
  const teacher = await knownTeacher(recipe, options.note);
  return planOf(recipe, runPath('runs', { name: recipe.name, hash }), teacher.planned, mixing(options));
}

/** Opens a run for a cluster, whose machines do its units by its plan: nothing of it is done here. */
export const handOver = inRun(async ({ plan }: Work) => plan, { measures: true, handsOver: true });

/** The stages of a run one by one: each makes what is missing of those before, in the same folder. */
export const stages = {
  trajectories: inRun(solved),
  distill: inRun(trained),
  evaluate: inRun(evaluated, { measures: true }),
};

/** Distils a recipe's teacher into its students: trajectories → training → fitted solvers → evaluation → report → export. */
export const distill = inRun(published, { measures: true });
