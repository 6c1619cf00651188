import { energyDistance as statistic } from '../statistics/energy-distance.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Conditional energy distance to the teacher on tokens. */
export const energyDistance = defineMetric({
  name: 'energyDistance',
  label: 'Energy distance',
  unit: 'distance',
  column: 'energy_distance',
  best: 'low',
  table: 'further',
  curves: ['steps'],
  log: true,
  toTeacher: true,
  rank: 4,
  meaning:
    'Energy distance to the teacher on tokens, for one context at a time, averaged over contexts; unbiased, and it sees conditional mistakes that FD misses.',
  measure: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) => statistic(tokens, otherTokens)),
});
