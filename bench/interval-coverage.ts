/**
 * `npm run coverage-study [-- --only fd,kid] [-- --rows 500,1000] [-- --worlds equal,heavy] [-- --replicates 400]`: how
 * often the 95 % intervals of an evaluation hold the statistic's expectation at their number of rows, by simulation.
 * The expectation is the mean over all replicates. `coverage` has Wilson's interval; `width` is the mean half-width over
 * 1.96 standard deviations of the statistic over the replicates: 1 is right.
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
  },
});
const only = values.only?.split(',') ?? [...Object.keys(measures), 'tokens'];
const counts = (values.rows ?? '500,1000,5000').split(',').map(Number);
const names = values.worlds?.split(',') ?? Object.keys(worlds);
const columns = Number(values.columns ?? 64);
const replicatesOf = (count: number): number => Number(values.replicates ?? (count > 1000 ? 200 : 400));

type Measured = Readonly<Record<string, Estimate>>;

/** One line a statistic. */
function report(world: string, count: number, all: readonly Measured[]): void {
  for (const metric of Object.keys(all[0] ?? {})) {
    const list = all.map((measured) => measured[metric] ?? { value: Number.NaN, low: 0, high: 0 });
    const mean = (of: (estimate: Estimate) => number): number =>
      list.reduce((sum, one) => sum + of(one), 0) / all.length;
    const truth = mean(({ value }) => value);
    const deviation = Math.sqrt(mean(({ value }) => (value - truth) ** 2));
    const held = list.filter(({ low, high }) => low <= truth && truth <= high).length;
    const { value, low, high } = wilson(held, all.length);
    const share = [value, low, high].map((part) => (100 * part).toFixed(1));
    const width = mean((one) => (one.high - one.low) / 2) / (1.959964 * deviation);
    console.log(
      `| ${metric} | ${world} | ${count} | ${all.length} | ${share[0]} [${share[1]}, ${share[2]}] | ${width.toFixed(2)} |`,
    );
  }
}

console.log('| metric | world | N | replicates | coverage, % | width |\n|---|---|--:|--:|--:|--:|');
for (const name of names) {
  const laws = worlds[name];
  if (laws === undefined) throw new Error(`--worlds: expected ${Object.keys(worlds).join(', ')}, got ${name}`);
  for (const [, of] of Object.entries(measures).filter(([key]) => only.includes(key))) {
    for (const count of counts) {
      const all = Array.from({ length: replicatesOf(count) }, (_, i) => of(drawWorld(laws, count, columns, i)));
      report(name, count, all);
    }
  }
}
if (only.includes('tokens')) {
  for (const contexts of [32, 128, 512]) {
    const all = Array.from({ length: replicatesOf(500) }, (_, i) => tokenMeasures(tokenWorld(contexts, i)));
    report('contexts', contexts, all);
  }
}
