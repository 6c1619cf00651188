import { endpointError } from '../statistics/endpoint-error.ts';
import { defineMetric, measureOn } from './metric.ts';

/** How far a student's jumps lie from the same jumps in two halves. */
export const selfConsistency = defineMetric({
  name: 'selfConsistency',
  label: 'Self-consistency error',
  unit: 'squared distance',
  column: 'self_consistency',
  best: 'low',
  table: 'further',
  curves: [],
  log: true,
  meaning:
    'Mean squared distance of a student’s end points from its own at twice the steps, from the same noise: of a flow map’s jumps X from s to t that are X from s to u, then from u to t, it is zero.',
  measure: measureOn(['tokens', 'halvedTokens'], ({ tokens, halvedTokens }) => endpointError(tokens, halvedTokens)),
});
