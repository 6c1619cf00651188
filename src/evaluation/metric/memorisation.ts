import { shareNearest } from '../statistics/nearest-set.ts';
import { defineMetric, measureOn } from './metric.ts';
import { nearestAmongReal } from './shared.ts';

/** How many images are nearer to what the teacher was trained on than to as many other real images. */
export const memorisation = defineMetric({
  name: 'memorisation',
  label: 'Nearest is trained',
  unit: '%',
  column: 'memorisation',
  best: 'low',
  table: 'further',
  curves: [],
  meaning:
    'Share of images whose nearest real image is one that the teacher was trained on, of as many trained and other ones: half where nothing is copied.',
  measure: measureOn(['features', 'trained', 'real'], ({ features, trained, real }) =>
    shareNearest(nearestAmongReal(features.rows, trained, real.rows)),
  ),
});
