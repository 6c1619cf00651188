import { fd } from '../evaluation/metric/fd.ts';
import type { Summary } from './summary.ts';

/** Why images have no Fréchet distance, where they have none: `FD is left out: …`; empty elsewhere. */
export function fewRowsSentence({ evaluation, entries, ranking, metrics }: Summary): string {
  const { unit, samples, features } = evaluation;
  if (unit !== 'images' || features === undefined || entries.some(({ quality }) => quality.fd !== undefined)) return '';
  const { label } = metrics.find(({ name }) => name === fd.name) ?? fd;
  return `${label} is left out: a covariance takes more images than the feature network has dimensions, and ${samples} are not. Rows are ranked by ${ranking.label}.`;
}
