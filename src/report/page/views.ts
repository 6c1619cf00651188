import { counted } from '../../ground/counted.ts';
import { forwardsText, milliseconds } from '../number.ts';
import { type Entry, headLatency } from '../summary.ts';

/** What rows are equal in, within a group: steps, head forwards, or measured time. */
export interface View {
  readonly key: 'steps' | 'nfe' | 'time';
  readonly label: string;
  readonly caption: string;
  /** What is equal in a group, of one entry; undefined where it was not measured. */
  readonly of: (entry: Entry) => number | undefined;
  readonly title: (value: number) => string;
}

/** The ways in which the main table is grouped. */
export const views: readonly View[] = [
  {
    ...{ key: 'steps', label: 'Equal steps', caption: 'Results, grouped by steps' },
    of: ({ steps }) => steps,
    title: (value) => counted(value, 'steps'),
  },
  {
    ...{ key: 'nfe', label: 'Equal head forwards', caption: 'Results, grouped by head forwards' },
    of: ({ nfe }) => nfe,
    title: (value) => `${forwardsText(value)} head ${value === 1 ? 'forward' : 'forwards'} a token`,
  },
  {
    ...{ key: 'time', label: 'Equal time', caption: 'Results, grouped by the measured time of the head for a token' },
    of: timeClass,
    title: (value) => `${milliseconds(FASTER ** (value - 1), FASTER ** value).join(' to ')} a token`,
  },
];

/** Times are equal that lie between two powers of this. */
const FASTER = Math.SQRT2;

/** The power that a row's median latency does not exceed. */
function timeClass(entry: Entry): number | undefined {
  const latency = headLatency(entry);
  return latency === undefined || latency <= 0 ? undefined : Math.ceil(Math.log(latency) / Math.log(FASTER));
}
