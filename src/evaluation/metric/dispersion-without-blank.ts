import { blankContexts, dispersionRatio } from '../statistics/dispersion.ts';
import { estimate } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';

/** The same without tokens whose teacher samples are blank. */
export const dispersionWithoutBlank = defineMetric({
  name: 'dispersionWithoutBlank',
  label: 'Dispersion, no blanks',
  unit: 'times',
  column: 'dispersion_without_blank',
  best: 'one',
  table: 'further',
  curves: [],
  decimals: 2,
  toTeacher: true,
  meaning: 'Dispersion without the tokens that the teacher leaves blank.',
  measure: measureOn(['tokens', 'otherTokens', 'blank'], ({ tokens, otherTokens, blank }) => {
    const ratio = dispersionRatio(tokens, otherTokens, { leaveOut: blankContexts(otherTokens, blank) });
    return ratio && estimate(ratio);
  }),
});
