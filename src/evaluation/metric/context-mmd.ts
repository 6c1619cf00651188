import { contextDiscrepancy } from '../statistics/context-discrepancy.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Conditional maximum mean discrepancy to the teacher on tokens. */
export const contextMmd = defineMetric({
  name: 'contextMmd',
  label: 'MMD in context',
  unit: 'kernel value',
  column: 'context_mmd',
  best: 'low',
  table: 'further',
  curves: [],
  log: true,
  toTeacher: true,
  meaning:
    'Squared maximum mean discrepancy to the teacher on tokens, for one context at a time (Gaussian kernels about the median distance, unbiased).',
  measure: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) => contextDiscrepancy(tokens, otherTokens)),
});
