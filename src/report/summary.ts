import { fd } from '../evaluation/metric/fd.ts';
import { type Quality, type TableMetric, metrics as table } from '../evaluation/metric/table.ts';
import type { Cost, Evaluation, EvaluationRow, Speed } from '../evaluation/stage/result.ts';
import { counted } from '../ground/counted.ts';
import type { Estimate } from '../ground/estimate.ts';
import { namedMetrics } from './distance-name.ts';
import { meanCost, meanQuality, meanSpeed } from './seed-mean.ts';

/** A head at a step count, over its seeds. */
export interface Entry {
  readonly kind: EvaluationRow['kind'];
  readonly name: string;
  readonly method: string;
  /** The student's name in the recipe, and how it takes steps, where the evaluation says. */
  readonly student?: string;
  readonly sampler?: string;
  readonly steps: number;
  readonly nfe: number;
  readonly guidance: number;
  /** The rows that it is the mean of, one a seed. */
  readonly rows: readonly EvaluationRow[];
  readonly quality: Quality;
  readonly speed?: Speed;
  readonly cost?: Cost;
  /** Grid of samples of the first seed. */
  readonly grid?: string;
  /** Its samples beside the trained images that they are most like, of the first seed. */
  readonly neighbours?: string;
  /** How many times faster than the teacher, by the summary's `speedBasis`. */
  readonly speedup?: number;
}

/** An evaluation as tables and figures show it. */
export interface Summary {
  readonly evaluation: Evaluation;
  /** The teacher that students are compared with: the best where several step counts were measured. */
  readonly teacher: Entry;
  readonly entries: readonly Entry[];
  /** Names of the students and of the solver baselines, in the evaluation's order. */
  readonly students: readonly string[];
  readonly solvers: readonly string[];
  /** The metrics that tables and figures go through. */
  readonly metrics: readonly TableMetric[];
  /** What students are ranked by: the metric of the lowest rank that they have. */
  readonly ranking: TableMetric;
  /** Whether speed-ups are of whole images or of the head alone; absent where nothing was timed. */
  readonly speedBasis?: 'image' | 'head';
}

/** Median latency of the head for one token, in milliseconds. */
export const headLatency = ({ speed }: { readonly speed?: Speed }): number | undefined =>
  speed?.latency.find(({ batch }) => batch === 1)?.p50;

/** Names in the order of their first appearance. */
const unique = (names: readonly string[]): string[] => [...new Set(names)];

function entryOf(rows: readonly EvaluationRow[], first: EvaluationRow, metrics: readonly TableMetric[]): Entry {
  const { kind, name, method, student, sampler, steps, nfe, guidance } = first;
  const speed = meanSpeed(rows.map((row) => row.speed));
  const cost = meanCost(rows.map((row) => row.cost));
  const { grid } = rows.find((row) => row.grid !== undefined) ?? first;
  const { neighbours } = rows.find((row) => row.neighbours !== undefined) ?? first;
  return {
    ...{ kind, name, method, steps, nfe, guidance, rows },
    quality: meanQuality(
      rows.map((row) => row.quality),
      metrics,
    ),
    ...(student !== undefined && { student }),
    ...(sampler !== undefined && { sampler }),
    ...(speed && { speed }),
    ...(cost && { cost }),
    ...(grid !== undefined && { grid }),
    ...(neighbours !== undefined && { neighbours }),
  };
}

function overSeeds(rows: readonly EvaluationRow[], metrics: readonly TableMetric[]): Entry[] {
  const groups = new Map<string, EvaluationRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.kind, row.name, row.steps, row.nfe, row.guidance]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [entryOf(group, group[0], metrics)]));
}

/** Whether one value of a metric is better than another. */
export function isBetter(metric: TableMetric, a: number, b: number): boolean {
  if (metric.best === 'low') return a < b;
  if (metric.best === 'high') return a > b;
  return Math.abs(Math.log(a)) < Math.abs(Math.log(b));
}

/** The entry with the best value of a metric, of those that have one. */
export function bestBy(metric: TableMetric, entries: readonly Entry[]): Entry | undefined {
  const value = (entry: Entry): number | undefined => entry.quality[metric.name]?.value;
  return entries
    .filter((entry) => value(entry) !== undefined)
    .reduce<Entry | undefined>(
      (best, entry) =>
        best === undefined || isBetter(metric, value(entry) ?? Number.NaN, value(best) ?? Number.NaN) ? entry : best,
      undefined,
    );
}

function rankingOf(entries: readonly Entry[], metrics: readonly TableMetric[]): TableMetric {
  const students = entries.filter(({ kind }) => kind === 'student');
  const shown = students.length > 0 ? students : entries;
  const rankOf = ({ rank }: TableMetric): number => rank ?? Number.POSITIVE_INFINITY;
  const ranked = metrics.filter(({ rank }) => rank !== undefined).sort((a, b) => rankOf(a) - rankOf(b));
  return ranked.find(({ name }) => shown.some(({ quality }) => quality[name] !== undefined)) ?? fd;
}

function teacherOf(entries: readonly Entry[], ranking: TableMetric): Entry | undefined {
  const teachers = entries.filter(({ kind }) => kind === 'teacher');
  const mostSteps = [...teachers].sort((a, b) => b.nfe - a.nfe)[0];
  return bestBy(ranking, teachers) ?? mostSteps;
}

const speedBases = {
  image: ({ speed }: Entry): number | undefined => speed?.imagesPerSecond,
  head: (entry: Entry): number | undefined => {
    const latency = headLatency(entry);
    return latency === undefined || latency === 0 ? undefined : 1 / latency;
  },
} as const;

function speedBasisOf(teacher: Entry, entries: readonly Entry[]): 'image' | 'head' | undefined {
  return (['image', 'head'] as const).find(
    (basis) =>
      speedBases[basis](teacher) !== undefined &&
      entries.some((entry) => entry.kind === 'student' && speedBases[basis](entry) !== undefined),
  );
}

function withSpeedup(entry: Entry, teacher: Entry, basis: 'image' | 'head'): Entry {
  const [own, reference] = [speedBases[basis](entry), speedBases[basis](teacher)];
  return own === undefined || reference === undefined ? entry : { ...entry, speedup: own / reference };
}

const kinds: readonly EvaluationRow['kind'][] = ['teacher', 'student', 'solver'];

/** Seeds joined, the teacher found, speed-ups computed. An evaluation without a teacher's row compares with its first. */
export function summarize(evaluation: Evaluation, all: readonly TableMetric[] = table): Summary {
  const metrics = namedMetrics(all, evaluation);
  const measured = overSeeds(evaluation.rows, metrics).sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const ranking = rankingOf(measured, metrics);
  const reference = teacherOf(measured, ranking) ?? measured[0];
  if (reference === undefined) throw new RangeError('an evaluation has at least one row');
  const speedBasis = speedBasisOf(reference, measured);
  const timed = (entry: Entry): Entry => (speedBasis === undefined ? entry : withSpeedup(entry, reference, speedBasis));
  const entries = measured.map(timed);
  const named = (kind: EvaluationRow['kind']): string[] =>
    unique(entries.filter((entry) => entry.kind === kind).map(({ name }) => name));
  return {
    ...{ evaluation, entries, metrics, ranking },
    teacher: timed(reference),
    students: named('student'),
    solvers: named('solver'),
    ...(speedBasis && { speedBasis }),
  };
}

/** The entries of a kind, fewest steps first, in the evaluation's order of names. */
export const entriesOf = ({ entries }: Summary, kind: EvaluationRow['kind']): readonly Entry[] =>
  entries.filter((entry) => entry.kind === kind);

/** The student that a row or an entry measures; those of earlier versions of the evaluation have its name only. */
export const studentOf = ({ student, name }: Pick<EvaluationRow, 'student' | 'name'>): string => student ?? name;

/** What an entry is called where its steps matter: `trajectory, 4 steps`. */
export const entryLabel = ({ name, steps }: Entry): string => `${name}, ${counted(steps, 'steps')}`;

/** The ratio of a metric to the teacher's that was measured row by row; undefined where there is none. */
export function pairedRatio(
  quality: Quality,
  metrics: readonly TableMetric[],
  metric: TableMetric,
): Estimate | undefined {
  const ratio = metrics.find(({ pairedRatioOf }) => pairedRatioOf?.name === metric.name);
  return ratio && quality[ratio.name];
}

/** The ratio of an estimate to the teacher's: the paired one where it was measured, else as of independent estimates. */
export function ratioToTeacher(
  { quality }: Entry,
  { teacher, metrics }: Pick<Summary, 'teacher' | 'metrics'>,
  metric: TableMetric,
): Estimate | undefined {
  const paired = pairedRatio(quality, metrics, metric);
  if (paired !== undefined) return paired;
  const [own, reference] = [quality[metric.name], teacher.quality[metric.name]];
  if (own === undefined || reference === undefined || own.value <= 0 || reference.value <= 0) return undefined;
  const value = own.value / reference.value;
  const spread = (end: 'low' | 'high', other: 'low' | 'high'): number =>
    Math.hypot((own[end] - own.value) / own.value, (reference[other] - reference.value) / reference.value);
  return { value, low: value * Math.exp(-spread('low', 'high')), high: value * Math.exp(spread('high', 'low')) };
}
