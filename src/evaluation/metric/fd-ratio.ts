import { combine, estimate, ratio } from '../statistics/interval.ts';
import { fd } from './fd.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance } from './shared.ts';

/** `fd` over the teacher’s. */
export const fdRatio = defineMetric({
  name: 'fdRatio',
  label: 'FD ÷ teacher',
  unit: 'times',
  column: 'fd_ratio',
  best: 'low',
  table: 'further',
  curves: [],
  decimals: 2,
  pairedRatioOf: fd,
  meaning: 'FD over the teacher’s FD, interval paired by prompt and noise: one is as good as the teacher.',
  measure: measureOn(['features', 'pairedFeatures', 'real'], ({ features, pairedFeatures, real }) => {
    const [mine, theirs] = [distance(features, real), distance(pairedFeatures, real)];
    return mine && theirs && estimate(combine(mine, theirs, ratio(mine.value, theirs.value)));
  }),
});
