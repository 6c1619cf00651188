import { combine, difference, estimate } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance } from './shared.ts';

/** `fd` minus the teacher’s. */
export const fdGap = defineMetric({
  name: 'fdGap',
  label: 'FD − teacher',
  unit: 'squared distance',
  column: 'fd_gap',
  best: 'low',
  table: 'further',
  curves: [],
  meaning: 'FD minus the teacher’s FD, interval paired by prompt and noise: zero is as good as the teacher.',
  measure: measureOn(['features', 'pairedFeatures', 'real'], ({ features, pairedFeatures, real }) => {
    const [mine, theirs] = [distance(features, real), distance(pairedFeatures, real)];
    return mine && theirs && estimate(combine(mine, theirs, difference(mine.value, theirs.value)));
  }),
});
