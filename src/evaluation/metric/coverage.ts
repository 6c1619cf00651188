import { defineMetric, measureOn } from './metric.ts';
import { neighbourhoods } from './shared.ts';

/** Diversity by how many real neighbourhoods hold any image. */
export const coverage = defineMetric({
  name: 'coverage',
  label: 'Coverage',
  unit: '%',
  column: 'coverage',
  best: 'high',
  table: 'further',
  curves: ['steps'],
  meaning: 'Share of real images whose neighbourhood holds a generated one: diversity that outliers do not spoil.',
  measure: measureOn(['features', 'real'], ({ features, real }) => neighbourhoods(features, real)?.coverage),
});
