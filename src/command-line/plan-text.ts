import { counted } from '../ground/counted.ts';
import { textTable, wrap } from '../report/terminal-table.ts';
import type { Forecast, Range, StageForecast } from '../tasks/simulate/forecast.ts';
import type { Cluster } from '../tasks/simulate/model.ts';
import { bytesText, countText, durationText, labelled } from './phrase.ts';

/** A simulated run, as its command tells it. */
export interface PlannedRun {
  readonly run: string;
  /** Folder of the measured run. */
  readonly from: string;
  readonly contexts: number;
  readonly shards: number;
  readonly cluster: Cluster;
  readonly seed: number;
  readonly runs: number;
  readonly forecast: Forecast;
  readonly cost?: Range;
  /** What no measurement tells, or does not fit. */
  readonly notes: readonly string[];
}

const columns = ['', 'Units', 'Time', 'Held up by', 'Useful workers'].map((title, index) => ({
  title,
  align: index === 0 || index === 3 ? ('left' as const) : ('right' as const),
}));

/** A simulated run in lines. */
export function planText({
  run,
  from,
  contexts,
  shards,
  cluster,
  seed,
  runs,
  forecast,
  cost,
  notes,
}: PlannedRun): string {
  const { wall, workerHours, idle, retries, redoneSeconds, stored, moved, stages, limits, saturatesFirst } = forecast;
  const held = Object.entries(limits).filter(([, share]) => share >= 0.005);
  return [
    `${run} on ${counted(cluster.workers, 'workers', countText(cluster.workers))}: ` +
      `${counted(contexts, 'contexts', countText(contexts))} in ${counted(shards, 'shards', countText(shards))}; times of ${from}`,
    '',
    labelled({
      'Wall time': rangeText(wall, durationText),
      'Worker-hours': rangeText(workerHours, amount),
      ...(cost && { Cost: rangeText(cost, amount) }),
      Idle: rangeText(idle, percent),
      ...(retries.high > 0 && {
        Failures: `${rangeText(retries, countText)} units begun anew, ${durationText(redoneSeconds.median)} of work redone`,
      }),
      Stored: bytesText(stored),
      Moved: bytesText(Math.round(moved.median)),
      'Held up by': held.map(([limit, share]) => `${limit} ${percent(share)}`).join(', '),
      'Saturates first':
        `${saturatesFirst.limit}${saturatesFirst.kind === undefined ? '' : ` of ${saturatesFirst.kind}`}, ` +
        `from ${counted(saturatesFirst.workers, 'workers', countText(saturatesFirst.workers))} on`,
    }),
    '',
    textTable(columns, stages.map(stageRow)),
    '',
    wrap(
      `${runs} simulated runs of seed ${seed}; in brackets where 90 % of them are. From the first unit to the measurements: ` +
        'the start of the coordinator, report and exports come on top.',
      98,
    ),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

const stageRow = ({ kind, units, seconds, limit, usefulWorkers }: StageForecast): string[] => [
  ...[kind, countText(units), rangeText(seconds, durationText), limit, countText(usefulWorkers)],
];

const rangeText = ({ median, low, high }: Range, text: (value: number) => string): string =>
  text(low) === text(high) ? text(median) : `${text(median)} [${text(low)}, ${text(high)}]`;

const amount = (value: number): string => (value < 100 ? String(Number(value.toPrecision(3))) : countText(value));

const percent = (share: number): string => `${Math.round(100 * share)} %`;
