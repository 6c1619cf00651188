import { dispersionRatio } from '../statistics/dispersion.ts';
import { estimate } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';

/** Spread over the teacher’s: under 1 is lost diversity, the first sign of collapse. */
export const dispersion = defineMetric({
  name: 'dispersion',
  label: 'Dispersion',
  unit: 'times',
  column: 'dispersion',
  best: 'one',
  table: 'main',
  curves: ['steps'],
  compact: true,
  decimals: 2,
  toTeacher: true,
  rank: 7,
  meaning:
    'The student’s spread over the teacher’s spread within contexts: below 0.9 diversity is lost, below 0.7 it has collapsed.',
  measure: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) => {
    const ratio = dispersionRatio(tokens, otherTokens);
    return ratio && estimate(ratio);
  }),
});
