/**
 * `npm run coverage-study [-- --only fd,kid] [-- --rows 500,1000] [-- --worlds equal,heavy] [-- --replicates 400]`: how
 * often the 95 % intervals of an evaluation hold the statistic's expectation at their number of rows, by simulation.
 * The expectation is the mean over all replicates. A cell is the coverage in percent, Wilson's interval of it, and the
 * width: the mean half-width over 1.96 standard deviations of the statistic over the replicates, 1 is right. Bold is
 * outside 93–97 %; ▲ and ▼ say that all of Wilson's interval is above or below. `--detail` adds why: the share of
 * intervals above and below the expectation, the correlation of value and width, and what an interval of one right width,
 * 1.96 of those deviations, would hold.
 */
import { parseArgs } from 'node:util';
import { wilson } from '../src/evaluation/statistics/accuracy.ts';
import type { Estimate } from '../src/ground/estimate.ts';
import { measures, tokenMeasures, tokenWorld } from './interval-measures.ts';
import { drawWorld, worlds } from './interval-worlds.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string' },
    worlds: { type: 'string' },
    replicates: { type: 'string' },
    columns: { type: 'string' },
    detail: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',') ?? [...Object.keys(measures), 'tokens'];
const counts = (values.rows ?? '500,1000,5000').split(',').map(Number);
const names = values.worlds?.split(',') ?? Object.keys(worlds);
const columns = Number(values.columns ?? 64);
/** A replicate of more rows costs more; one of contexts hardly anything. */
const replicatesOf = (count: number): number =>
  Number(values.replicates ?? (count > 1000 ? 40 : count > 500 ? 100 : 300));
const TOKEN_REPLICATES = Number(values.replicates ?? 1000);

type Measured = Readonly<Record<string, Estimate>>;

type Of = (estimate: Estimate) => number;

const half: Of = ({ low, high }) => (high - low) / 2;
const percent = (share: number): string => (100 * share).toFixed(1);

/** Coverage and width of one metric over all replicates. */
function cellOf(list: readonly Estimate[]): string {
  const mean = (of: Of): number => list.reduce((sum, one) => sum + of(one), 0) / list.length;
  const share = (holds: (estimate: Estimate) => boolean): number => mean((one) => (holds(one) ? 1 : 0));
  const truth = mean(({ value }) => value);
  const reach = 1.959964 * Math.sqrt(mean(({ value }) => (value - truth) ** 2));
  const held = share(({ low, high }) => low <= truth && truth <= high);
  const { low, high } = wilson(Math.round(held * list.length), list.length);
  const mark = low > 0.97 ? ' ▲' : high < 0.93 ? ' ▼' : '';
  const shown = held < 0.93 || held > 0.97 ? `**${percent(held)}**` : percent(held);
  const cell = `${shown} [${percent(low)}, ${percent(high)}] ${(mean(half) / reach).toFixed(2)}${mark}`;
  if (!values.detail) return cell;
  const moment = (a: Of, b: Of): number => mean((one) => (a(one) - mean(a)) * (b(one) - mean(b)));
  const correlation =
    moment(half, (one) => one.value) /
    Math.sqrt(
      moment(half, half) *
        moment(
          ({ value }) => value,
          ({ value }) => value,
        ),
    );
  const sides = [share((one) => one.low > truth), share((one) => one.high < truth)].map(percent).join(' above, ');
  const right = percent(share(({ value }) => Math.abs(value - truth) <= reach));
  return `${cell}; ${sides} below, correlation ${correlation.toFixed(2)}, right width ${right}`;
}

/** One line a statistic. */
function report(world: string, cells: readonly (readonly Measured[])[]): void {
  for (const metric of Object.keys(cells[0]?.[0] ?? {})) {
    const line = cells.map((all) =>
      cellOf(all.map((measured) => measured[metric] ?? { value: Number.NaN, low: 0, high: 0 })),
    );
    console.log(`| ${[metric, world, ...line].join(' | ')} |`);
  }
}

function header(unit: string, list: readonly number[], replicates: (count: number) => number): void {
  const titles = list.map((count) => `${count} ${unit}, ${replicates(count)} replicates`);
  console.log(`| metric | world | ${titles.join(' | ')} |\n|---|---|${'---|'.repeat(list.length)}`);
}

const measured = Object.entries(measures).filter(([key]) => only.includes(key));
if (measured.length > 0) header('rows', counts, replicatesOf);
for (const [, of] of measured) {
  for (const name of names) {
    const laws = worlds[name];
    if (laws === undefined) throw new Error(`--worlds: expected ${Object.keys(worlds).join(', ')}, got ${name}`);
    report(
      name,
      counts.map((count) =>
        Array.from({ length: replicatesOf(count) }, (_, i) => of(drawWorld(laws, count, columns, i))),
      ),
    );
  }
}
if (only.includes('tokens')) {
  const contexts = [32, 128, 512];
  header('contexts', contexts, () => TOKEN_REPLICATES);
  report(
    'contexts',
    contexts.map((count) => Array.from({ length: TOKEN_REPLICATES }, (_, i) => tokenMeasures(tokenWorld(count, i)))),
  );
}
