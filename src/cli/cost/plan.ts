import { EngineError } from '../../errors.ts';
import type { DistillRecipe } from '../../recipe/recipe.ts';
import type { ResolvedRecipe } from '../../recipe/resolve.ts';
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
  terminal.print(
    options.json === true ? JSON.stringify({ hash, recipe, cost: plan }, null, 2) : planText(recipe, plan),
  );
}

async function planOf(recipe: DistillRecipe): Promise<Plan> {
  const [{ loadTeacher }, { estimateCost }] = await Promise.all([
    import('../../teacher/load.ts'),
    import('./estimate.ts'),
  ]);
  const teacher = await loadTeacher(recipe.teacher, recipe.engine);
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
  const secondsOf = ({ flops, jobs }: PartCost, speed: number): number =>
    flops / (REACHED * speed * Math.min(engine.workers, jobs));
  return {
    parts: typeof rate === 'string' ? parts : parts.map((part) => ({ ...part, seconds: secondsOf(part, rate) })),
    ...{ cacheBytes, rate },
  };
}

const columns = [
  { title: 'Estimated cost', align: 'left' },
  { title: 'Head forwards', align: 'right' },
  { title: 'GFLOP', align: 'right' },
  { title: 'Time, roughly', align: 'right' },
] as const;

function planText({ engine }: DistillRecipe, { parts, cacheBytes, rate }: Plan): string {
  const table = textTable(
    columns,
    parts.map(({ name, forwards, flops, seconds }) => [
      ...[name, countText(forwards), gigaText(flops)],
      seconds === undefined ? '' : durationText(seconds),
    ]),
  );
  const measured =
    typeof rate === 'string'
      ? `No time is told: ${rate}`
      : `Times are rough: half of the ${gigaText(rate)} GFLOP/s that a matrix product reaches here, for each of ` +
        `${engine.workers} workers. Backbone, metrics and the measurement of speed come on top.`;
  const lines = ['', table, '', `Trajectories take ${bytesText(cacheBytes)} on disk.`, wrap(measured, 98)].join('\n');
  return lines.replace(/^/gm, '# ').replace(/ +$/gm, '');
}

const gigaText = (flops: number): string =>
  flops < 1e10 ? String(Number((flops / 1e9).toPrecision(2))) : countText(flops / 1e9);
