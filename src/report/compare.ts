import { join } from 'node:path';
import { dispersion } from '../evaluation/metric/dispersion.ts';
import { fd } from '../evaluation/metric/fd.ts';
import { fdRatio } from '../evaluation/metric/fd-ratio.ts';
import { metrics, type TableMetric } from '../evaluation/metric/table.ts';
import type { Evaluation } from '../evaluation/stage/result.ts';
import type { Estimate } from '../ground/estimate.ts';
import { writeAtomic } from '../ground/file/atomic.ts';
import { type CsvColumn, csvOf, metricColumns, plainText } from './csv.ts';
import { type ComparedPoint, comparisonCurve } from './figure/comparison.ts';
import { pageFontFaces } from './figure/font.ts';
import { type FrontPoint, frontFigure } from './figure/front.ts';
import { onPaper } from './figure/palette.ts';
import { renderPngs } from './figure/png.ts';
import { renderSvg } from './figure/render.ts';
import { forwardsText, number, times, valueText } from './number.ts';
import { noiseScalesText, ownTimesText } from './own-times.ts';
import { comparisonPage } from './page/comparison.ts';
import { type Entry, ratioToTeacher, type Summary, summarize } from './summary.ts';
import { fitted, shorten, type TextColumn, textTable } from './terminal-table.ts';

/** Runs side by side. */
export interface Comparison {
  /** One line a head, steps and run, with every metric. */
  readonly csv: string;
  /** Aligned columns for a terminal of 100 columns, with what does not compare below. */
  readonly text: string;
  readonly html: string;
  /** The ranking metric against steps, and against head forwards; none where no student was measured. */
  readonly figures: readonly ComparisonFigure[];
}

/** A figure as its files have it. */
export interface ComparisonFigure {
  /** The name of its files, without an extension. */
  readonly file: string;
  readonly title: string;
  readonly svg: string;
  readonly png: Uint8Array;
}

/** A head of one of the runs. */
interface Compared {
  readonly run: string;
  readonly entry: Entry;
  readonly summary: Summary;
}

/** Names of the runs: the recipe's, with its hash where two are called the same, with a number where that is too. */
function runNames(evaluations: readonly Evaluation[]): readonly string[] {
  const hashed = ({ recipe, recipeHash }: Evaluation): string => `${recipe} ${recipeHash.slice(0, 7)}`;
  const once = (all: readonly string[], name: string): boolean => all.filter((other) => other === name).length === 1;
  const [recipes, hashes] = [evaluations.map(({ recipe }) => recipe), evaluations.map(hashed)];
  return evaluations.map((evaluation, index) => {
    if (once(recipes, evaluation.recipe)) return evaluation.recipe;
    return once(hashes, hashed(evaluation)) ? hashed(evaluation) : `${hashed(evaluation)} (${index + 1})`;
  });
}

interface Condition {
  readonly what: string;
  readonly of: (evaluation: Evaluation) => string;
}

const conditions: readonly Condition[] = [
  {
    what: 'different feature networks: their FD, KID and accuracy do not compare',
    of: ({ features }) => features?.hash ?? '',
  },
  {
    what: 'different statistics of real images: their FD does not compare',
    of: ({ statistics }) => statistics?.hash ?? '',
  },
  { what: 'different numbers of samples: FD falls with more samples', of: ({ samples }) => String(samples) },
  { what: 'different teachers', of: ({ teacher }) => teacher.hash },
  { what: 'different machines: speeds do not compare', of: ({ environment }) => String(environment.cpu ?? '') },
];

/** What keeps the numbers of the runs from being compared. */
const caveats = (evaluations: readonly Evaluation[]): readonly string[] => [
  ...conditions.filter(({ of }) => new Set(evaluations.map(of)).size > 1).map(({ what }) => `The runs have ${what}.`),
  ...(evaluations.some(({ preview }) => preview) ? ['At least one of the runs is a preview.'] : []),
];

/** `12.1 ±0.6`: half the interval's width. */
function plusMinus(estimate: Estimate, metric: TableMetric): string {
  const half = { ...estimate, value: (estimate.high - estimate.low) / 2 };
  const decimals = /\.(\d+)/.exec(valueText(estimate, metric))?.[1]?.length ?? 0;
  return `${valueText(estimate, metric)} ±${(half.value * (metric.unit === '%' ? 100 : 1)).toFixed(decimals)}`;
}

const columns = (metric: TableMetric): readonly TextColumn[] => [
  { title: 'Steps', align: 'right' },
  { title: 'NFE', align: 'right' },
  { title: 'Run', align: 'left' },
  { title: 'Head', align: 'left' },
  { title: metric.label, align: 'right' },
  { title: '÷ teacher', align: 'right' },
  { title: 'Dispersion', align: 'right' },
  { title: 'Images/s', align: 'right' },
  { title: 'Speed-up', align: 'right' },
];

/** A row of the comparison as text, in the order of the columns. */
function cells({ run, entry, summary }: Compared, metric: TableMetric, nameLimit: number): readonly string[] {
  const { quality, speed, speedup, steps, nfe, name, kind } = entry;
  const ratio = kind === 'teacher' ? undefined : ratioToTeacher(entry, summary, metric);
  const own = quality[metric.name];
  return [
    String(steps),
    forwardsText(nfe),
    shorten(run, nameLimit),
    shorten(name, nameLimit),
    own && !(kind === 'teacher' && metric.toTeacher) ? plusMinus(own, metric) : '',
    ratio ? valueText(ratio, fdRatio) : '',
    quality.dispersion && kind !== 'teacher' ? plusMinus(quality.dispersion, dispersion) : '',
    speed?.imagesPerSecond === undefined ? '' : number(speed.imagesPerSecond),
    speedup === undefined ? '' : times(speedup),
  ];
}

/** Students by steps, then by the metric; each run's teacher after them. */
function inOrder(compared: readonly Compared[], metric: TableMetric): readonly Compared[] {
  const value = ({ entry }: Compared): number => entry.quality[metric.name]?.value ?? Number.POSITIVE_INFINITY;
  const sign = metric.best === 'high' ? -1 : 1;
  const students = compared.filter(({ entry }) => entry.kind === 'student');
  const teachers = compared.filter(({ entry }) => entry.kind === 'teacher');
  return [...students.sort((a, b) => a.entry.steps - b.entry.steps || sign * (value(a) - value(b))), ...teachers];
}

const csvColumns: readonly CsvColumn<Compared>[] = [
  { name: 'run', value: ({ run }) => plainText(run) },
  { name: 'recipe_hash', value: ({ summary }) => plainText(summary.evaluation.recipeHash) },
  { name: 'kind', value: ({ entry }) => entry.kind },
  { name: 'name', value: ({ entry }) => plainText(entry.name) },
  { name: 'method', value: ({ entry }) => plainText(entry.method) },
  { name: 'student', value: ({ entry }) => entry.student && plainText(entry.student) },
  { name: 'sampler', value: ({ entry }) => entry.sampler && plainText(entry.sampler) },
  { name: 'seeds', value: ({ entry }) => entry.rows.length },
  { name: 'steps', value: ({ entry }) => entry.steps },
  { name: 'times', value: ({ entry }) => ownTimesText(entry) },
  { name: 'noise_scales', value: ({ entry }) => noiseScalesText(entry) },
  { name: 'nfe', value: ({ entry }) => entry.nfe },
  { name: 'guidance', value: ({ entry }) => entry.guidance },
  ...metricColumns<Compared>(metrics, ({ entry }) => entry.quality),
  { name: 'images_per_second', value: ({ entry }) => entry.speed?.imagesPerSecond },
  { name: 'speedup', value: ({ entry }) => entry.speedup },
  { name: 'total_forwards', value: ({ entry }) => entry.cost?.totalForwards },
];

const nameIn = ({ run, entry }: Compared, several: boolean): string => (several ? `${run}: ${entry.name}` : entry.name);

function pointsOf(compared: readonly Compared[], metric: TableMetric, several: boolean): readonly ComparedPoint[] {
  return compared.flatMap((one) => {
    const estimate = one.entry.quality[metric.name];
    if (one.entry.kind !== 'student' || estimate === undefined) return [];
    return [{ name: nameIn(one, several), steps: one.entry.steps, estimate }];
  });
}

/** Every head that the metric tells something of. */
function frontPoints(compared: readonly Compared[], metric: TableMetric, several: boolean): readonly FrontPoint[] {
  return compared.flatMap((one) => {
    const { kind, steps, nfe, quality } = one.entry;
    const estimate = quality[metric.name];
    if (estimate === undefined || (kind === 'teacher' && metric.toTeacher)) return [];
    return [{ kind, name: nameIn(one, several), steps, nfe, estimate }];
  });
}

async function figuresOf(
  compared: readonly Compared[],
  metric: TableMetric,
  several: boolean,
): Promise<readonly ComparisonFigure[]> {
  const drawn = [
    {
      ...{ file: 'comparison', title: `${metric.label} against steps` },
      drawing: comparisonCurve(pointsOf(compared, metric, several), metric),
    },
    {
      ...{ file: 'comparison-forwards', title: `${metric.label} against head forwards` },
      drawing: frontFigure(frontPoints(compared, metric, several), metric),
    },
  ];
  const figures: ComparisonFigure[] = [];
  for (const { file, title, drawing } of drawn) {
    if (drawing === undefined) continue;
    const svg = await renderSvg(file, drawing, title);
    const [png = new Uint8Array()] = await renderPngs([svg]);
    figures.push({ file, title, svg, png });
  }
  return figures;
}

/** Compares runs: step counts and methods side by side, as CSV, text for a terminal, a page and a figure. */
export async function compareRuns(evaluations: readonly Evaluation[]): Promise<Comparison> {
  const names = runNames(evaluations);
  const summaries = evaluations.map((evaluation) => summarize(evaluation));
  const metric = summaries[0]?.ranking ?? fd;
  const all = summaries.flatMap((summary, index) =>
    summary.entries.map((entry): Compared => ({ run: names[index] ?? '', entry, summary })),
  );
  const shown = inOrder(all, metric);
  const notes = caveats(evaluations);
  const rows = (limit: number): readonly (readonly string[])[] =>
    shown.map((compared) => cells(compared, metric, limit));
  const table = fitted((limit) => textTable(columns(metric), rows(limit)), 100, [30, 8]);
  const figures = await figuresOf(shown, metric, evaluations.length > 1);
  return {
    csv: csvOf(csvColumns, all),
    text: `${[table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`,
    html: comparisonPage({
      ...{ titles: columns(metric).map(({ title }) => title), notes, fontFaces: pageFontFaces() },
      rows: rows(200),
      figures,
    }),
    figures,
  };
}

/** Writes a comparison into a folder: comparison.csv, .txt and .html, and its figures. Gives the paths. */
export async function writeComparison(
  { csv, text, html, figures }: Comparison,
  folder: string,
): Promise<readonly string[]> {
  const contents: Record<string, string | Uint8Array> = {
    'comparison.csv': csv,
    'comparison.txt': text,
    'comparison.html': html,
  };
  for (const { file, svg, png } of figures) {
    contents[`${file}.svg`] = onPaper(svg);
    contents[`${file}.png`] = png;
  }
  for (const [name, content] of Object.entries(contents)) await writeAtomic(join(folder, name), content);
  return Object.keys(contents).map((name) => join(folder, name));
}
