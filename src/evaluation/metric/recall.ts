import { defineMetric, measureOn } from './metric.ts';
import { neighbourhoods } from './shared.ts';

/** Diversity by neighbourhoods of generated images. */
export const recall = defineMetric({
  name: 'recall',
  label: 'Recall',
  unit: '%',
  column: 'recall',
  best: 'high',
  table: 'further',
  curves: ['steps'],
  meaning: 'Share of real images that lie within the neighbourhoods of generated ones: diversity.',
  measure: measureOn(['features', 'real'], ({ features, real }) => neighbourhoods(features, real)?.recall),
});
