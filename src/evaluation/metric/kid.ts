import { estimate } from '../statistics/interval.ts';
import { kernelDistance } from '../statistics/kernel-distance.ts';
import { defineMetric, measureOn } from './metric.ts';
import { SEED } from './prepared-rows.ts';

/** Kernel distance to real data. */
export const kid = defineMetric({
  name: 'kid',
  label: 'KID',
  unit: 'kernel value',
  column: 'kid',
  best: 'low',
  table: 'further',
  curves: ['steps'],
  compact: true,
  log: true,
  rank: 5,
  meaning: 'Kernel distance to real data (cubic kernel, unbiased, so it may fall a little below zero).',
  measure: measureOn(['features', 'real'], ({ features, real }) =>
    estimate(kernelDistance(features.rows, real.rows, { seed: SEED })),
  ),
});
