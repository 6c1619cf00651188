import { defineMetric, measureOn } from './metric.ts';
import { neighbourhoods } from './shared.ts';

/** Fidelity by neighbourhoods of real images. */
export const precision = defineMetric({
  name: 'precision',
  label: 'Precision',
  unit: '%',
  column: 'precision',
  best: 'high',
  table: 'further',
  curves: ['steps'],
  meaning:
    'Share of images that lie within the neighbourhoods of real ones on features (5 nearest of at most 2,000): fidelity.',
  measure: measureOn(['features', 'real'], ({ features, real }) => neighbourhoods(features, real)?.precision),
});
