import { defineMetric, measureOn } from './metric.ts';
import { neighboursInContext } from './shared.ts';

/** Diversity of tokens in their contexts. */
export const contextRecall = defineMetric({
  name: 'contextRecall',
  label: 'Recall in context',
  unit: '%',
  column: 'context_recall',
  best: 'high',
  table: 'further',
  curves: [],
  toTeacher: true,
  meaning:
    'Share of the teacher’s tokens that lie within the neighbourhoods of the head’s in the same context: a mode that is left out lowers it.',
  measure: measureOn(
    ['tokens', 'otherTokens'],
    ({ tokens, otherTokens }) => neighboursInContext(tokens, otherTokens)?.recall,
  ),
});
