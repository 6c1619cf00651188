import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { DistillRecipe } from '../distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import { counted } from '../ground/counted.ts';
import { FileError } from '../ground/errors.ts';
import { runPath } from '../ground/file/run-folder.ts';
import type { MeasuredRun } from '../tasks/simulate/measured-run.ts';
import type { Cluster } from '../tasks/simulate/model.ts';
import type { Teacher } from '../teachers/teacher.ts';
import { runsFolder } from './kept-runs/text.ts';
import { numberBetween, wholeBetween } from './number-option.ts';
import { type PlannedRun, planText } from './plan-text.ts';
import { recipeArgument, withSet } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import { plannedRun } from './status.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface PlanOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly from?: string;
  readonly tokens?: number;
  readonly workers?: number;
  readonly failures: number;
  readonly price?: number;
  readonly bandwidth: number;
  readonly overhead: number;
  readonly queueRate: number;
  readonly runs: number;
  readonly seed: number;
}

/** What is as it is measured in docs/cluster/plan.md: seconds, units a second, bytes a second. */
const measured = { overhead: 0.01, queueRate: 500, hashRate: 5e8 };

/** A worker that has gone silent is noticed after so long, and one is there in its place: seconds. */
const [DETECTION, RESTART] = [38, 60];

const help = `
It takes the times of a run that was done: the recipe's own, or one like it by --from. Units are lognormal about what was
measured there, scaled by what they compute; --tokens changes the trajectories alone.

Example:
  fewstep plan recipes/smoke.yaml --tokens 1e6 --workers 16 --failures 0.01`;

/** `fewstep plan`: what a recipe would take on a cluster. */
export const command = (terminal: Terminal): Command =>
  withSet(new Command('plan').argument('<recipe>', recipeArgument))
    .description(
      'Simulates a run on many workers from measured times: how long it takes and how surely, what it costs, what is stored ' +
        'and moved, and what holds it up.',
    )
    .option('--from <run>', 'the measured run, by name, folder or recipe; that of the recipe unless given')
    .option('--tokens <count>', 'contexts of the trajectories, like 1e9', numberBetween(1, 1e13))
    .option('--workers <count>', 'workers, a unit at a time each', wholeBetween(1, 100_000))
    .option('--failures <count>', 'failures of a worker in an hour', numberBetween(0, 1000), 0)
    .option('--price <amount>', 'price of a worker for an hour', numberBetween(0, 1e6))
    .option('--bandwidth <bytes>', 'bytes a second of the store, for all together', numberBetween(1, 1e15), 1e9)
    .option('--overhead <seconds>', 'what the queue adds to a unit', numberBetween(0, 3600), measured.overhead)
    .option(
      '--queue-rate <count>',
      'units a second that the queue hands out',
      numberBetween(0.001, 1e9),
      measured.queueRate,
    )
    .option('--runs <count>', 'simulated runs', wholeBetween(20, 10_000), 40)
    .option('--seed <seed>', 'of the simulation', wholeBetween(0, 2 ** 32 - 1), 1)
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', help)
    .action(async (word: string, options: PlanOptions) => {
      const plan = await planned(await resolveFor('distill', word, options.set), options);
      terminal.print(options.json === true ? JSON.stringify(plan, null, 2) : planText(plan));
    });

/** Plans a recipe's run by the times of one that was measured. */
async function planned(resolved: ResolvedRecipe<'distill'>, options: PlanOptions): Promise<PlannedRun> {
  const { recipe, hash } = resolved;
  const from = options.from === undefined ? ownRun(recipe, hash) : await plannedRun(options.from);
  const { recipe: before } = await resolveFor('distill', from, []);
  const [{ measuredRun }, { workloadOf }, { forecast }] = await Promise.all([
    import('../tasks/simulate/measured-run.ts'),
    import('../tasks/simulate/workload.ts'),
    import('../tasks/simulate/forecast.ts'),
  ]);
  const known = await withTeacher(before, (teacher) => measuredRun(from, before, teacher));
  const { workers = recipe.engine.workers, tokens, seed, runs, price } = options;
  const contexts = tokens === undefined ? recipe.trajectories.contexts : Math.round(tokens);
  const workload = await withTeacher(recipe, async (teacher) =>
    workloadOf(recipe, { teacher, measured: known, contexts, workers }),
  );
  const { failures, bandwidth, overhead, queueRate } = options;
  const cluster: Cluster = {
    ...{ workers, failures, bandwidth, overhead, queueRate, hashRate: measured.hashRate },
    ...{ detection: DETECTION, restart: RESTART },
  };
  const found = forecast(workload, cluster, { seed, runs });
  return {
    ...{ run: `${recipe.name}-${hash}`, from, contexts, shards: workload.shards, cluster, seed, runs, forecast: found },
    ...(price !== undefined && { cost: scaled(found.workerHours, price) }),
    notes: [...workload.notes, ...remarks(recipe, before, known, workload.shards)],
  };
}

const scaled = ({ median, low, high }: PlannedRun['forecast']['wall'], factor: number) => ({
  ...{ median: factor * median, low: factor * low, high: factor * high },
});

/** The folder of a recipe's own run. Throws FileError where it is not there. */
function ownRun(recipe: DistillRecipe, hash: string): string {
  const run = runPath(runsFolder, { name: recipe.name, hash });
  if (existsSync(join(run, 'plan.json'))) return run;
  throw new FileError(
    `${run}: expected a measured run of this recipe, found none; --from names another, and \`fewstep run\` with small sizes makes one`,
  );
}

async function withTeacher<Result>(recipe: DistillRecipe, act: (teacher: Teacher) => Promise<Result>): Promise<Result> {
  const { loadTeacher, teacherSource } = await import('../teachers/load.ts');
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  return act(teacher).finally(() => teacher.dispose());
}

/** Files of a manifest and units of a plan that can be read back: a million values of JSON. */
const MOST_SHARDS = 240_000;

/** Fewer shards than these hardly tell how long one takes, and how much that varies. */
const FEW = 8;

function remarks(recipe: DistillRecipe, before: DistillRecipe, known: MeasuredRun, shards: number): string[] {
  const engine = ({ engine: { threads, provider, kind } }: DistillRecipe): string =>
    `${kind} on ${provider} × ${threads}`;
  const { measured: units = 0 } = known.kinds.get('trajectories') ?? {};
  const rows = recipe.trajectories.shardRows * Math.ceil(shards / MOST_SHARDS);
  return [
    ...(engine(recipe) === engine(before) ? [] : [`measured with ${engine(before)}, planned for ${engine(recipe)}`]),
    ...(units >= FEW
      ? []
      : [`only ${counted(units, 'units')} of trajectories were measured: a run with more shards tells more`]),
    ...(shards <= MOST_SHARDS
      ? []
      : [`more shards than a cache can list: set trajectories.shardRows to ${rows} or more`]),
  ];
}
