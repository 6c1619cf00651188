import { defineMetric, measureOn } from './metric.ts';
import { neighboursInContext } from './shared.ts';

/** Fidelity of tokens in their contexts. */
export const contextPrecision = defineMetric({
  name: 'contextPrecision',
  label: 'Precision in context',
  unit: '%',
  column: 'context_precision',
  best: 'high',
  table: 'further',
  curves: [],
  toTeacher: true,
  meaning:
    'Share of tokens that lie within the neighbourhoods of the teacher’s in the same context: what lies between its modes lowers it.',
  measure: measureOn(
    ['tokens', 'otherTokens'],
    ({ tokens, otherTokens }) => neighboursInContext(tokens, otherTokens)?.precision,
  ),
});
