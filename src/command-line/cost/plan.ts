import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from '../../distillation/recipe/resolve.ts';
import { EngineError } from '../../ground/errors.ts';
import { textTable, wrap } from '../../report/terminal-table.ts';
import { bytesText, countText, durationText } from '../phrase.ts';
import { printResolved } from '../recipe-command.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';
import type { CostEstimate, PartCost } from './estimate.ts';

/** Share of a large matrix product's rate that the stages reach, roughly. */
const REACHED = 0.5;

/** A part with the seconds that it may take; unknown where the engine does not run here. */
interface TimedPart extends PartCost {
  readonly seconds?: number;
}

interface Plan {
  readonly parts: readonly TimedPart[];
  /** All parts, one stage after the other. */
  readonly total: Pick<TimedPart, 'forwards' | 'flops' | 'seconds'>;
  readonly cacheBytes: number;
  /** FLOP/s of a large matrix product; or why it could not be measured. */
  readonly rate: number | string;
}

/** Prints a resolved recipe with its estimated cost: as comments, so that the text remains a recipe. */
export async function printPlan(
  resolved: ResolvedRecipe<'distill'>,
  options: CommonOptions,
  terminal: Terminal,
): Promise<void> {
  const { recipe, hash } = resolved;
  if (options.json !== true) printResolved(resolved, options, terminal);
  const plan = await planOf(recipe);
  const { commandRuns, commandRunsText } = await import('./command-runs.ts');
  const command = commandRuns(recipe);
  terminal.print(
    options.json === true
      ? JSON.stringify({ hash, recipe, cost: plan, ...(command && { command }) }, null, 2)
      : asComment(`${planText(recipe, plan)}${command ? `\n${commandRunsText(command)}` : ''}`),
  );
}

async function planOf(recipe: DistillRecipe): Promise<Plan> {
  const [{ loadTeacher, teacherSource }, { estimateCost }] = await Promise.all([
    import('../../teachers/load.ts'),
    import('./estimate.ts'),
  ]);
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  try {
    return timed(estimateCost(recipe, teacher), await rateOf(recipe), recipe);
  } finally {
    await teacher.dispose();
  }
}

async function rateOf({ engine: { kind, provider, threads } }: DistillRecipe): Promise<number | string> {
  const { matrixRate } = await import('./matrix-rate.ts');
  try {
    return await matrixRate({ kind, provider, threads });
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

function timed({ parts, cacheBytes }: CostEstimate, rate: number | string, { engine }: DistillRecipe): Plan {
  const sums = { forwards: sumOf(parts, 'forwards'), flops: sumOf(parts, 'flops') };
  if (typeof rate === 'string') return { parts, total: sums, cacheBytes, rate };
  const secondsOf = (shared: readonly PartCost[]) => sharedSeconds(shared, REACHED * rate, engine.workers);
  const byStage = [...new Set(parts.map(({ stage }) => stage))].map((stage) =>
    secondsOf(parts.filter((part) => part.stage === stage)),
  );
  return {
    parts: parts.map((part) => ({ ...part, seconds: secondsOf([part]) })),
    total: { ...sums, seconds: byStage.reduce((sum, seconds) => sum + seconds, 0) },
    ...{ cacheBytes, rate },
  };
}

/** Seconds of parts that share workers of some FLOP/s each: no less than the longest of their jobs. */
const sharedSeconds = (parts: readonly PartCost[], speed: number, workers: number): number =>
  Math.max(
    sumOf(parts, 'flops') / (speed * Math.min(workers, sumOf(parts, 'jobs'))),
    ...parts.map(({ flops, jobs }) => flops / jobs / speed),
  );

const sumOf = (parts: readonly PartCost[], name: 'forwards' | 'flops' | 'jobs'): number =>
  parts.reduce((sum, part) => sum + part[name], 0);

const columns = [
  { title: 'Estimated cost', align: 'left' },
  { title: 'Head forwards', align: 'right' },
  { title: 'GFLOP', align: 'right' },
  { title: 'Time, roughly', align: 'right' },
] as const;

function planText({ engine }: DistillRecipe, { parts, total, cacheBytes, rate }: Plan): string {
  const table = textTable(
    columns,
    [...parts, { name: 'all', ...total }].map(({ name, forwards, flops, seconds }) => [
      ...[name, countText(forwards), gigaText(flops)],
      seconds === undefined ? '' : durationText(seconds),
    ]),
  );
  const measured =
    typeof rate === 'string'
      ? `No time is told: ${rate}`
      : `Times are rough: half of the ${gigaText(rate)} GFLOP/s that a matrix product reaches here, for each of ` +
        `${engine.workers} workers. Backbone, metrics and the measurement of speed come on top.`;
  return ['', table, '', `Trajectories take ${bytesText(cacheBytes)} on disk.`, wrap(measured, 98)].join('\n');
}

const asComment = (lines: string): string => lines.replace(/^/gm, '# ').replace(/ +$/gm, '');

const gigaText = (flops: number): string =>
  flops < 1e10 ? String(Number((flops / 1e9).toPrecision(2))) : countText(flops / 1e9);
