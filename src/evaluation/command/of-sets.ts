/** Sets of tokens or images that the command made, compared. */
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { pause } from '../../ground/interruption.ts';
import type { Judge } from '../features/judge.ts';
import { prepareRows } from '../metric/prepared-rows.ts';
import { type ComparedReal, comparedReal } from '../real/compared-real.ts';
import { withRoot } from '../statistics/moments.ts';
import { type MeasuredByCommand, rowOf, runsOf } from './command-rows.ts';
import { type MadeRun, madeContent, makeRuns, type RunsContext } from './made-runs.ts';
import { checkAlike, floorQuality, headQuality, outsideFloor, preparedSet } from './measured-sets.ts';
import { commandHeads, commandScales, plannedRuns } from './planned-runs.ts';
import type { Reading } from './reading.ts';
import type { CommandFloor, CommandRow } from './result.ts';
import { readImages, readTokens, type SampleSet, setReading } from './sample-set.ts';

/** Runs the command and compares the sets that it made; images are looked at by the judge. */
export async function ofSets(context: RunsContext, judge: Judge | undefined): Promise<MeasuredByCommand> {
  const { recipe } = context;
  const reading = setReading(judge === undefined ? readTokens : readImages(judge));
  const made = await makeRuns(plannedRuns(recipe), reading, context);
  const [rows, floors]: [CommandRow[], CommandFloor[]] = [[], []];
  let facts: Pick<MeasuredByCommand, 'samples' | 'statistics'> = {};
  for (const guidance of commandScales(recipe)) {
    const found = await ofScale(commandHeads(recipe, guidance), made, reading, { recipe, ...(judge && { judge }) });
    rows.push(...found.rows);
    floors.push({ guidance, quality: found.floor });
    facts = { samples: found.samples, ...(found.statistics && { statistics: found.statistics }) };
  }
  return { ...facts, rows, floors };
}

async function ofScale(
  [teacher, ...students]: ReturnType<typeof commandHeads>,
  made: readonly MadeRun[],
  reading: Reading<SampleSet>,
  { recipe, judge }: Pick<RunsContext, 'recipe'> & { readonly judge?: Judge },
) {
  const [first, second] = runsOf(made, teacher);
  if (first === undefined || second === undefined) throw new TypeError('a teacher with one seed');
  const [own, other] = [await madeContent(first, reading), await madeContent(second, reading)];
  checkAlike(other, own, second.path);
  const told = judge && (await toldReal(recipe, judge, own));
  const sets = {
    ...{ own: preparedSet(own), other: preparedSet(other) },
    ...(told && { told: { ...(told.real.real && { real: prepareRows(told.real.real, 1) }), ...momentsOf(told) } }),
  };
  const floor = floorQuality(sets);
  const rows: CommandRow[] = told ? [{ ...rowOf([first]), quality: headQuality(sets.own, sets) }] : [];
  for (const run of students.flatMap((head) => runsOf(made, head))) {
    await pause();
    const set = await madeContent(run, reading);
    checkAlike(set, own, run.path);
    const quality = headQuality(preparedSet(set), sets);
    const outside = outsideFloor(quality, floor, told !== undefined);
    rows.push({ ...rowOf([run]), quality, ...(outside && { outside }) });
  }
  const samples = (own.rows.shape[0] ?? 0) / own.together;
  return { rows, floor, samples, ...(told && { statistics: told.statistics }) };
}

const momentsOf = ({ real: { moments } }: ComparedReal) => moments && { realMoments: withRoot(moments) };

/** What the recipe puts in the place of the teacher's images, as the network sees it. */
async function toldReal(
  { evaluation: { statistics } }: Pick<DistillRecipe, 'evaluation'>,
  judge: Judge,
  { rows, channels = 3 }: SampleSet,
): Promise<ComparedReal | undefined> {
  if (statistics === undefined) return undefined;
  return comparedReal(statistics, judge, { channels, size: rows.shape[1] ?? 0, prompts: 1 });
}
