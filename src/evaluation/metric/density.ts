import { defineMetric, measureOn } from './metric.ts';
import { neighbourhoods } from './shared.ts';

/** Fidelity by how many real neighbourhoods hold an image. */
export const density = defineMetric({
  name: 'density',
  label: 'Density',
  unit: 'times',
  column: 'density',
  best: 'one',
  table: 'further',
  curves: ['steps'],
  decimals: 2,
  meaning:
    'How many neighbourhoods of real images hold a generated one, over the number of neighbours: fidelity that outliers do not spoil.',
  measure: measureOn(['features', 'real'], ({ features, real }) => neighbourhoods(features, real)?.density),
});
