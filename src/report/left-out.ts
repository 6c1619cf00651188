import { accuracy } from '../evaluation/metric/accuracy.ts';
import { fewRowsSentence } from './few-rows.ts';
import { listed } from './listed.ts';
import type { Summary } from './summary.ts';

/** Why metrics of images are not there, a sentence each; none where nothing is missing. */
export const leftOutSentences = (summary: Summary): readonly string[] =>
  [fewRowsSentence(summary), classesSentence(summary), rowsSentence(summary)].filter((sentence) => sentence !== '');

function classesSentence({ evaluation: { features } }: Summary): string {
  if (features === undefined || features.accuracy !== undefined) return '';
  return `${accuracy.label} is left out: the network ${features.name} gives features and no classes.`;
}

/** What mean and covariance of real images do not tell, and what the intervals of what they tell cover. */
function rowsSentence({ evaluation: { statistics }, metrics }: Summary): string {
  if (statistics === undefined || statistics.images !== undefined) return '';
  const lost = metrics.filter(({ byMoments, measure }) => byMoments === undefined && measure.needs.includes('real'));
  const kept = metrics.find(({ byMoments }) => byMoments !== undefined);
  return `${listed(lost.map(({ label }) => label))} are left out: of real images ${statistics.name} holds mean and covariance alone. Intervals of ${kept?.label} take these as exact: they cover the samples.`;
}
