import { endpointError as statistic } from '../statistics/endpoint-error.ts';
import { defineMetric, measureOn } from './metric.ts';

/** How far end points lie from the teacher’s of the same noise. */
export const endpointError = defineMetric({
  name: 'endpointError',
  label: 'Endpoint error',
  unit: 'squared distance',
  column: 'endpoint_error',
  best: 'low',
  table: 'further',
  curves: ['steps'],
  log: true,
  toTeacher: true,
  rank: 6,
  meaning:
    'Mean squared distance of the end points from the teacher’s, from the same noise: only beside other metrics, as a different end point can be as good.',
  measure: measureOn(['tokens', 'pairedTokens'], ({ tokens, pairedTokens }) => statistic(tokens, pairedTokens)),
});
