import { accuracy as share } from '../statistics/accuracy.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Whether images show what was asked for. */
export const accuracy = defineMetric({
  name: 'accuracy',
  label: 'Accuracy',
  unit: '%',
  column: 'accuracy',
  best: 'high',
  table: 'main',
  curves: ['steps'],
  meaning: 'Share of generated images that the feature network reads as prompted.',
  measure: measureOn(['classes', 'labels'], ({ classes, labels }) => share(classes, labels)),
});
