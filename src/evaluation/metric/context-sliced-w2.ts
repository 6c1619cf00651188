import { contextWasserstein } from '../statistics/context-wasserstein.ts';
import { defineMetric, measureOn } from './metric.ts';
import { SEED } from './prepared-rows.ts';

/** Conditional sliced Wasserstein distance to the teacher on tokens. */
export const contextSlicedW2 = defineMetric({
  name: 'contextSlicedW2',
  label: 'Sliced W2 in context',
  unit: 'distance',
  column: 'context_sliced_w2',
  best: 'low',
  table: 'further',
  curves: [],
  log: true,
  toTeacher: true,
  meaning:
    'Wasserstein-2 distance to the teacher on tokens, averaged over random directions, for one context at a time; positive even between equal sets of so few draws.',
  measure: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) =>
    contextWasserstein(tokens, otherTokens, SEED),
  ),
});
