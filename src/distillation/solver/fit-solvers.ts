import { counted } from '../../ground/counted.ts';
import { FileError } from '../../ground/errors.ts';
import { readStage } from '../../ground/file/manifest.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import { type Executor, localExecutor } from '../../ground/pool/executor.ts';
import type { Progress } from '../../ground/progress.ts';
import { teacherSource } from '../../teachers/load.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { openCache } from '../trajectory/cache.ts';
import { pathForwards, type SolvedTeacher } from '../trajectory/generate.ts';
import { cacheFacts } from '../trajectory/shard.ts';
import { type FitOrigin, type FittedSolver, fitPath, keptFitted } from './file.ts';
import { type FitPaths, fitPaths } from './fit-paths.ts';
import { type FitJob, fitTasks } from './job.ts';
import { fitLabel, mostFitForwards, type PlannedFit, plannedFits } from './plan.ts';
import { type FitName, fits } from './table.ts';

/** What the stage runs with. */
export interface FitOptions {
  /** Folder of the trajectory cache. */
  readonly cache: string;
  /** Folder of the run. */
  readonly run: string;
  readonly teacher: Pick<SolvedTeacher, 'hash' | 'evaluations'>;
  readonly progress: Progress;
  /** Who fits; threads of this process unless given. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
}

/** A fit with its file and what this must come from. */
interface Placed {
  readonly planned: PlannedFit;
  readonly path: string;
  readonly origin: FitOrigin;
}

/**
 * Fits the solvers of a recipe to its cached paths, one a worker; what is there, whole and of this very teacher and cache is
 * kept. Gives them in the order of the plan.
 */
export async function fitSolvers(recipe: DistillRecipe, options: FitOptions): Promise<FittedSolver[]> {
  const placed = await placedFits(recipe, options);
  const open: Placed[] = [];
  for (const one of placed) if ((await keptFitted(one.path, one.origin)) === undefined) open.push(one);
  if (open.length > 0) await fitOpen(recipe, open, placed.length, options);
  return allOf(placed);
}

/** The solvers of a run that are fitted. Throws FileError where one is not. */
export const fittedSolvers = async (
  recipe: DistillRecipe,
  of: Pick<FitOptions, 'cache' | 'run' | 'teacher'>,
): Promise<FittedSolver[]> => allOf(await placedFits(recipe, of));

async function allOf(placed: readonly Placed[]): Promise<FittedSolver[]> {
  const fitted: FittedSolver[] = [];
  for (const { path, origin } of placed) {
    const found = await keptFitted(path, origin);
    if (found === undefined) throw new FileError(`${path}: expected a fitted solver, got none or another cache's`);
    fitted.push(found);
  }
  return fitted;
}

/** A worker's job for each fit of a recipe. */
export const allFitJobs = async (
  recipe: DistillRecipe,
  of: Pick<FitOptions, 'cache' | 'run' | 'teacher'>,
): Promise<FitJob[]> => fitJobs(recipe, await placedFits(recipe, of), of);

async function placedFits(
  recipe: DistillRecipe,
  { cache, run, teacher }: Pick<FitOptions, 'cache' | 'run' | 'teacher'>,
): Promise<Placed[]> {
  const plan = plannedFits(recipe);
  if (plan.length === 0) return [];
  const stage = await readStage(cache, cacheFacts, { here: false }); // who samples by a solver needs no paths
  const files = sha256(JSON.stringify(stage?.files.map(({ path, sha256: hash }) => [path, hash]) ?? []));
  const folder = stageFolder(run, 'solvers');
  return plan.map((planned) => ({
    planned,
    path: fitPath(folder, planned),
    origin: { teacher: teacher.hash, cache: files, request: JSON.stringify([planned, keyOf(recipe)]) },
  }));
}

const keyOf = ({ seeds: [seed = 1] }: DistillRecipe) => ['solvers', seed] as const;

async function fitOpen(
  recipe: DistillRecipe,
  open: readonly Placed[],
  total: number,
  { cache, teacher, progress, executor = localExecutor, signal }: FitOptions,
): Promise<void> {
  const stage = progress.stage('solvers', total, 'fits');
  let done = total - open.length;
  stage.advance(done);
  const cost = ({ planned }: Placed): number => mostFitForwards(planned, recipe, teacher);
  const dearest = open.toSorted((a, b) => cost(b) - cost(a));
  const jobs = await fitJobs(recipe, dearest, { cache, teacher });
  const pool = executor.open(fitTasks, {
    workers: Math.min(recipe.engine.workers, jobs.length),
    attempts: 2,
    ...(signal && { signal }),
  });
  try {
    await pool.all(jobs, {
      onDone: async (_, index) => {
        const { planned, path, origin } = jobs[index] ?? {};
        const fitted = path && origin && (await keptFitted(path, origin));
        const name = planned && `${fitLabel(planned)}, ${counted(planned.steps, 'steps')}`;
        stage.advance(++done, fitted ? `${name}: error ${fitted.error.toPrecision(3)}` : name);
      },
    });
    stage.done();
  } finally {
    await pool.close();
  }
}

/** The jobs of fits, with the paths that each is fitted to. */
async function fitJobs(
  recipe: DistillRecipe,
  placed: readonly Placed[],
  { cache, teacher }: Pick<FitOptions, 'cache' | 'teacher'>,
): Promise<FitJob[]> {
  const opened = await openCache(cache, { budget: 0 });
  const drawn: { [Name in FitName]?: FitPaths } = {};
  for (const { planned } of placed)
    drawn[planned.fit] ??= await fitPaths(opened, [...keyOf(recipe)], fits[planned.fit].paths);
  const { kind, provider, threads } = recipe.engine;
  return placed.flatMap((one) => {
    const paths = drawn[one.planned.fit];
    return paths === undefined
      ? []
      : [
          {
            ...one,
            paths,
            teacher: teacherSource(recipe),
            engine: { kind, provider, threads },
            forwardsPerPath: pathForwards(recipe.trajectories, teacher),
            key: keyOf(recipe),
          },
        ];
  });
}
