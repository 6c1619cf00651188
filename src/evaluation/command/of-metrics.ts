/** Numbers that the command measured itself, over its seeds. */
import { DataError } from '../../ground/errors.ts';
import { type MeasuredByCommand, rowOf, runsOf } from './command-rows.ts';
import { metricsReading } from './given-metrics.ts';
import { type MadeRun, madeContent, makeRuns, type RunsContext } from './made-runs.ts';
import { floorOverSeeds, meanOverSeeds } from './over-seeds.ts';
import { commandHeads, commandScales, plannedRuns } from './planned-runs.ts';
import type { CommandFloor, CommandQuality, CommandRow } from './result.ts';

/** Runs the command and gives its numbers: means over the seeds, and the floor of the teacher's. */
export async function ofMetrics(context: RunsContext): Promise<MeasuredByCommand> {
  const { recipe } = context;
  const made = await makeRuns(plannedRuns(recipe), metricsReading, context);
  const [rows, floors]: [CommandRow[], CommandFloor[]] = [[], []];
  for (const guidance of commandScales(recipe)) {
    const heads = commandHeads(recipe, guidance);
    const teacher = await bySeed(runsOf(made, heads[0]));
    const names = Object.keys(teacher[0]?.quality ?? {}).sort();
    const floor = overSeeds(teacher, names, floorOverSeeds);
    floors.push({ guidance, quality: floor });
    for (const head of heads) {
      const quality = overSeeds(await bySeed(runsOf(made, head)), names, meanOverSeeds);
      const outside = names.filter((name) => !isWithin(quality[name], floor[name]));
      rows.push({ ...rowOf(runsOf(made, head)), quality, ...(head.kind === 'student' && { outside }) });
    }
  }
  return { rows, floors };
}

const isWithin = (own: CommandQuality[string] | undefined, floor: CommandQuality[string] | undefined): boolean =>
  own !== undefined && floor !== undefined && floor.low <= own.value && own.value <= floor.high;

/** The numbers of one run of a head. */
interface Seed {
  readonly path: string;
  readonly quality: CommandQuality;
}

async function bySeed(runs: readonly MadeRun[]): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const run of runs) seeds.push({ path: run.path, quality: await madeContent(run, metricsReading) });
  return seeds;
}

/** Numbers of the names over the seeds. Throws DataError where a run has others than the teacher's first. */
function overSeeds(seeds: readonly Seed[], names: readonly string[], estimate: typeof meanOverSeeds): CommandQuality {
  for (const { path, quality } of seeds) {
    const own = Object.keys(quality).sort();
    if (own.join() !== names.join())
      throw new DataError(
        `${path}: expected the metrics of the teacher (${names.join(', ')}), got ${own.join(', ')}; delete it to run the command again`,
      );
  }
  return Object.fromEntries(
    names.map((name) => [name, estimate(seeds.flatMap(({ quality }) => quality[name] ?? []))] as const),
  );
}
