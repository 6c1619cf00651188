import type { Estimate } from '../../ground/estimate.ts';
import type { Draws } from '../statistics/draws.ts';
import { pairedFrechetExpansion } from '../statistics/frechet.ts';
import { groupRows } from '../statistics/grouping.ts';
import { estimate } from '../statistics/interval.ts';
import { type GroupedMoments, groupedMoments } from '../statistics/moments.ts';
import { rowsOfDraws } from '../statistics/rows.ts';
import { defineMetric, measureOn } from './metric.ts';
import { SEED } from './prepared-rows.ts';
import { distance, distanceToMoments, ofOne } from './shared.ts';

/** Fréchet distance to real data; "FID-proxy" for images. */
export const fd = defineMetric({
  name: 'fd',
  label: 'FD',
  unit: 'squared distance',
  column: 'fd',
  best: 'low',
  table: 'main',
  curves: ['steps', 'nfe'],
  compact: true,
  log: true,
  rank: 1,
  heldToFloor: 'without images',
  meaning:
    'Fréchet distance to real data on features of images (an FID-proxy: its own feature network, not Inception); where there are no images, to independent samples of the teacher on tokens.',
  meaningByNetwork:
    'Fréchet distance to real data on features of images, by the network that the recipe names: it compares only with numbers of the same network, input and sample count.',
  measure: measureOn(['features', 'real'], ({ features, real }) => ofOne(distance(features, real), estimate)),
  byMoments: measureOn(['features', 'realMoments'], ({ features, realMoments }) =>
    ofOne(distanceToMoments(features, realMoments), estimate),
  ),
  withoutImages: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) => compareDraws(tokens, otherTokens)),
});

/**
 * The distance of draws [C, m, D] pooled over their contexts; a context moves both sets together, for both are about
 * the same ones.
 */
function compareDraws(samples: Draws, reference: Draws): Estimate | undefined {
  const [contexts = 0, draws = 0, size = 0] = samples.shape;
  if (contexts < 2 || contexts * draws <= size) return undefined; // their covariance has no full rank
  const momentsOf = (draws: Draws): GroupedMoments => {
    const rows = rowsOfDraws(draws);
    return groupedMoments(rows, groupRows(rows.shape[0] ?? 0, { seed: SEED, cluster: draws.shape[1] ?? 1 }));
  };
  return estimate(pairedFrechetExpansion(momentsOf(samples), momentsOf(reference)));
}
