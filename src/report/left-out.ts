import { accuracy } from '../evaluation/metric/accuracy.ts';
import { fewRowsSentence } from './few-rows.ts';
import type { Summary } from './summary.ts';

/** Why metrics of images are not there, a sentence each; none where nothing is missing. */
export const leftOutSentences = (summary: Summary): readonly string[] =>
  [fewRowsSentence(summary), classesSentence(summary)].filter((sentence) => sentence !== '');

function classesSentence({ evaluation: { features } }: Summary): string {
  if (features === undefined || features.accuracy !== undefined) return '';
  return `${accuracy.label} is left out: the network ${features.name} gives features and no classes.`;
}
