import { energyDistance as statistic } from '../statistics/energy-distance.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Conditional energy distance to what the teacher's system samples itself. */
export const energyToOwn = defineMetric({
  name: 'energyToOwn',
  label: 'Energy distance to the own sampler',
  unit: 'distance',
  column: 'energy_to_own',
  best: 'low',
  table: 'further',
  curves: [],
  log: true,
  meaning:
    'Energy distance on tokens, for one context at a time, to samples of the system’s own sampler from other noise: the teacher’s value is what its flow alone costs.',
  measure: measureOn(['tokens', 'ownTokens'], ({ tokens, ownTokens }) => statistic(tokens, ownTokens)),
});
