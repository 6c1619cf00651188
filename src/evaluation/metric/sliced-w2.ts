import { rootEstimate } from '../statistics/interval.ts';
import { squaredSlicedWasserstein } from '../statistics/sliced-wasserstein.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Sliced Wasserstein distance to real data. */
export const slicedW2 = defineMetric({
  name: 'slicedW2',
  label: 'Sliced W2',
  unit: 'distance',
  column: 'sliced_w2',
  best: 'low',
  table: 'further',
  curves: ['steps'],
  log: true,
  rank: 3,
  meaning: 'Wasserstein-2 distance averaged over random directions.',
  measure: measureOn(['features', 'real'], ({ features, real }) =>
    rootEstimate(squaredSlicedWasserstein(features.projections, real.projections)),
  ),
});
