/** What the user's own closed loop measured, as page, terminal and CSV tell it. */
import type { CommandFloor, CommandRow } from '../evaluation/command/result.ts';
import { metrics as table } from '../evaluation/metric/table.ts';
import type { Evaluation } from '../evaluation/stage/result.ts';
import { counted } from '../ground/counted.ts';
import type { Estimate } from '../ground/estimate.ts';
import { type CsvColumn, csvOf, plainText } from './csv.ts';
import { namedMetrics } from './distance-name.ts';
import { listed } from './listed.ts';
import { estimateText } from './number.ts';

type ByCommand = NonNullable<Evaluation['byCommand']>;

/** A metric of a command: its name in the file, and how it is shown. */
export interface CommandMetric {
  readonly name: string;
  readonly label: string;
  readonly unit?: (typeof table)[number]['unit'];
  readonly meaning: string;
}

/** The metrics that a command measured, in the table's order; what it named itself stands as it is. */
export function commandMetrics({ rows, floors, features, reads }: ByCommand): readonly CommandMetric[] {
  const found = new Set([...rows, ...floors].flatMap(({ quality }) => Object.keys(quality)));
  const known = reads === 'metrics' ? [] : namedMetrics(table, features ? { features } : {});
  const own = [...found].filter((name) => !known.some((metric) => metric.name === name));
  return [
    ...known.filter(({ name }) => found.has(name)),
    ...own.map((name) => ({ name, label: name, meaning: 'As your command measured it: the mean over its seeds.' })),
  ];
}

/** How a row stands to the teacher in the same loop. */
export function commandStanding({ kind, outside }: CommandRow, metrics: readonly CommandMetric[]): string {
  if (kind === 'teacher') return '';
  if (outside === undefined) return 'not measured';
  if (outside.length === 0) return 'within the floor';
  const labels = outside.map((name) => metrics.find((metric) => metric.name === name)?.label ?? name);
  return `outside the floor by ${listed(labels)}`;
}

/** What the rows are of, and what their intervals cover. */
export function commandBasis({ reads, rows, samples, statistics }: ByCommand): string {
  if (reads === 'metrics')
    return `Numbers are as your command gave them: means over ${counted(rows[0]?.seeds.length ?? 0, 'seeds')} with 95 % intervals by Student’s t. The floor is where the mean of as many seeds of a head as good as the teacher falls in 95 % of cases.`;
  const what = reads === 'images' ? 'images' : 'samples of tokens';
  const to = statistics ? `${statistics.name}, and to the teacher’s other seed` : 'the teacher’s other seed';
  return `Measured on ${(samples ?? 0).toLocaleString('en-US')} ${what} a row; distances are to ${to}. The floor is that of the teacher’s two seeds.`;
}

/** Rows that a terminal tells of. */
const TOLD = 6;

/** A sentence for the terminal; empty where there was no command. */
export function commandSentence({ byCommand }: Pick<Evaluation, 'byCommand'>): string {
  if (byCommand === undefined) return '';
  const metrics = commandMetrics(byCommand);
  const students = byCommand.rows.filter(({ kind }) => kind === 'student');
  const told = students.slice(0, TOLD).map((row) => {
    const shown = metrics.find(({ name }) => (row.outside?.[0] ?? name) === name && row.quality[name] !== undefined);
    const value = shown && row.quality[shown.name];
    const number = shown && value ? ` (${shown.label} ${estimateText(value, shown)})` : '';
    return `${row.steps}-step ${row.name} at guidance ${row.guidance} ${commandStanding(row, metrics)}${number}`;
  });
  const more = students.length > TOLD ? `; and ${students.length - TOLD} more rows` : '';
  return `Measured by your command: ${told.join('; ')}${more}.`;
}

interface Line {
  readonly row: CommandRow;
  readonly metric: CommandMetric;
  readonly value?: Estimate;
  readonly floor?: Estimate;
  readonly standing: string;
}

const columns: readonly CsvColumn<Line>[] = [
  { name: 'kind', value: ({ row }) => row.kind },
  { name: 'name', value: ({ row }) => plainText(row.name) },
  { name: 'steps', value: ({ row }) => row.steps },
  { name: 'guidance', value: ({ row }) => row.guidance },
  { name: 'seeds', value: ({ row }) => row.seeds.join(' ') },
  { name: 'seconds', value: ({ row }) => row.seconds },
  { name: 'metric', value: ({ metric }) => plainText(metric.name) },
  { name: 'value', value: ({ value }) => value?.value },
  { name: 'low', value: ({ value }) => value?.low },
  { name: 'high', value: ({ value }) => value?.high },
  { name: 'floor', value: ({ floor }) => floor?.value },
  { name: 'floor_low', value: ({ floor }) => floor?.low },
  { name: 'floor_high', value: ({ floor }) => floor?.high },
  { name: 'standing', value: ({ standing }) => standing },
];

/** The floor of a guidance scale. */
export const floorAt = ({ floors }: ByCommand, guidance: number): CommandFloor | undefined =>
  floors.find((floor) => floor.guidance === guidance);

/** One line a row and metric. */
export function commandCsv(byCommand: ByCommand): string {
  const metrics = commandMetrics(byCommand);
  const lines = byCommand.rows.flatMap((row) =>
    metrics.map((metric): Line => {
      const [value, floor] = [row.quality[metric.name], floorAt(byCommand, row.guidance)?.quality[metric.name]];
      const standing = commandStanding(row, metrics);
      return { row, metric, standing, ...(value && { value }), ...(floor && { floor }) };
    }),
  );
  return csvOf(columns, lines);
}
