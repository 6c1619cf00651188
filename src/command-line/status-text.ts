import { counted } from '../ground/counted.ts';
import { shorten, textTable } from '../report/terminal-table.ts';
import type { Present } from '../tasks/queue/presence.ts';
import type { KindStatus, RunStatus } from '../tasks/status.ts';
import { countText, durationText } from './phrase.ts';

/** A run's status as its command shows it, with the workers of a queue where one was asked. */
export interface ShownStatus extends RunStatus {
  readonly run: string;
  readonly queue?: Readonly<Record<string, Present>>;
}

/** The most lines of a list, and characters of a reason. */
const [MOST_LINES, MOST_REASON] = [12, 160];

const kindColumns = ['', 'Done', 'Running', 'Failed', 'Waiting', 'Median', 'Left'].map((title, index) => ({
  title,
  align: index === 0 ? ('left' as const) : ('right' as const),
}));

/** A status in lines. */
export function statusText(status: ShownStatus, now = Date.now()): string {
  const { run, coordinated, kinds, etaSeconds, workers, otherMachines, queue } = status;
  const running = kinds.flatMap(({ kind, running: units }) =>
    units.map(
      ({ id, worker, since, silentSeconds, lost }) =>
        `${kind}/${id} on ${worker} for ${durationText((now - Date.parse(since)) / 1000)}, ` +
        `heard of ${durationText(silentSeconds)} ago${lost ? ': its worker is gone or cut off' : ''}`,
    ),
  );
  const failed = kinds.flatMap(({ kind, failed: units }) =>
    units.map(
      ({ id, worker, attempts, error }) =>
        `${kind}/${id} after ${counted(attempts, 'attempts')}, on ${worker}: ${shorten(error, MOST_REASON)}`,
    ),
  );
  return [
    `${run}: ${coordinated ? 'a coordinator works in it' : isComplete(status) ? 'all units are done' : 'nobody coordinates it now'}`,
    '',
    textTable(kindColumns, [
      ...kinds.map(kindRow),
      ...(etaSeconds === undefined ? [] : [['all', '', '', '', '', '', durationText(etaSeconds)]]),
    ]),
    ...listed('Running', running),
    ...listed('Failed', failed),
    ...listed(
      'Who did how much',
      workers.map(
        ({ worker, cpu, units, seconds }) =>
          `${worker} (${cpu}): ${counted(units, 'units', countText(units))} in ${durationText(seconds)}`,
      ),
    ),
    ...listed(
      'Machines that are not as the plan’s: their bytes may differ',
      otherMachines.map(
        ({ host, units, differences }) => `${host}, ${counted(units, 'units')}: ${differences.join('; ')}`,
      ),
    ),
    ...(queue === undefined ? [] : listed('Workers of the queue', Object.entries(queue).map(presentText), 'none')),
  ].join('\n');
}

const presentText = ([worker, { provider, slots = 1, versions }]: [string, Present]): string =>
  `${worker}: ${counted(slots, 'units')} at a time, ${provider}, ${versions.cpu ?? 'unknown processor'}`;

const kindRow = ({ kind, units, done, running, failed, waiting, medianSeconds, etaSeconds }: KindStatus): string[] => [
  kind,
  `${countText(done)}/${countText(units)}`,
  ...[running.length, failed.length, waiting].map((count) => (count === 0 ? '–' : countText(count))),
  medianSeconds === undefined ? '' : `${medianSeconds.toPrecision(3)} s`,
  etaSeconds === undefined ? 'unknown' : durationText(etaSeconds),
];

/** Lines under a title, the first of them; nothing where there are none, unless that has a word. */
function listed(title: string, lines: readonly string[], none?: string): string[] {
  if (lines.length === 0) return none === undefined ? [] : ['', title, `  ${none}`];
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > MOST_LINES) shown.push(`and ${countText(lines.length - MOST_LINES)} more`);
  return ['', title, ...shown.map((line) => `  ${line}`)];
}

/** A status in one line, for what is no terminal: `trajectories 12/33, 2 running, 1 failed; students 0/2; 0:30 left`. */
export function statusLine({ kinds, etaSeconds }: RunStatus): string {
  const parts = kinds.map(({ kind, done, units, running, failed }) =>
    [
      `${kind} ${done}/${units}`,
      ...(running.length > 0 ? [`${running.length} running`] : []),
      ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ].join(', '),
  );
  return [...parts, ...(etaSeconds === undefined ? [] : [`${durationText(etaSeconds)} left`])].join('; ');
}

/** Whether all that a plan has is done. */
export const isComplete = ({ kinds }: RunStatus): boolean => kinds.every(({ done, units }) => done === units);
