/** Times of rounds as ratios: how often faster we are than each of PyTorch's settings, within one round of one run. */
import { median } from '../../src/ground/median.ts';

/** Seconds of a call by round; those of all settings were measured in the same rounds. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly theirs: Readonly<Record<string, readonly number[]>>;
  /** The most that other programs took of the machine in a round, 0–1. */
  readonly others: number;
}

/** A ratio by its rounds. */
export interface Ratio {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Their seconds over ours, round by round: above 1 we are faster. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio {
  if (ours.length === 0 || ours.length !== theirs.length)
    throw new RangeError(`ratios: expected rounds of both sides, got ${ours.length} and ${theirs.length}`);
  const ratios = ours.map((seconds, round) => (theirs[round] ?? Number.NaN) / seconds);
  return { min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios) };
}

/** PyTorch's best setting: that of the least median. */
export function bestSetting(theirs: Rounds['theirs']): string {
  const [best] = Object.entries(theirs).sort(([, a], [, b]) => median(a) - median(b));
  if (best === undefined) throw new RangeError('settings: expected at least one, got none');
  return best[0];
}

/** A ratio as a cell: its median, its least and its greatest. */
export const ratioText = ({ min, median, max }: Ratio): string =>
  `${median.toFixed(2)} [${min.toFixed(2)}, ${max.toFixed(2)}]`;

/** The header of the table that `ratioRow` gives rows of. */
export const ratioHeader = (unit: string): string[] => [
  'workload',
  `ours, ${unit}`,
  "PyTorch's best",
  `its ${unit}`,
  'ratio [min, max]',
  'to eager float32',
  'to compiled float32',
  'others',
];

/** A row: what both sides do in `amount` a call, and the ratios; a setting that could not be measured is a dash. */
export function ratioRow(name: string, { ours, theirs, others }: Rounds, show: (seconds: number) => string): string[] {
  const best = bestSetting(theirs);
  const to = (setting: string): string => {
    const seconds = theirs[setting];
    return seconds === undefined ? '–' : ratioText(ratioOf(ours, seconds));
  };
  return [
    ...[name, show(median(ours)), best, show(median(theirs[best] ?? []))],
    ...[to(best), to('eager float32'), to('compiled float32')],
    `${(100 * others).toFixed(0)} %`,
  ];
}

/** What two pieces of work take together, round by round. */
export function sumOfRounds(a: Rounds, b: Rounds): Rounds {
  const sum = (one: readonly number[], other: readonly number[] = []): number[] =>
    one.map((seconds, round) => seconds + (other[round] ?? Number.NaN));
  return {
    ours: sum(a.ours, b.ours),
    others: Math.max(a.others, b.others),
    theirs: Object.fromEntries(Object.entries(a.theirs).map(([id, seconds]) => [id, sum(seconds, b.theirs[id])])),
  };
}

/** Rows as a table of Markdown, the first row the header. */
export function markdown([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
