// A metric: how far the means of each context's tokens are from the teacher's of other noise.
// fewstep run docs/plugins/metric.yaml --allow-plugins
import { defineMetric, definePlugin, meanEstimate, measureOn } from 'fewstep';

const meanOf = ({ shape: [, draws, size], data }, context) => {
  const mean = new Float64Array(size);
  for (let k = 0; k < draws; k++)
    for (let d = 0; d < size; d++) mean[d] += data[(context * draws + k) * size + d] / draws;
  return mean;
};

const meanShift = defineMetric({
  name: 'meanShift', // its key in evaluation.json
  label: 'Mean shift',
  unit: 'squared distance',
  column: 'mean_shift',
  best: 'low',
  table: 'further',
  curves: ['steps'],
  toTeacher: true,
  meaning: 'Squared distance of a context’s mean token from the teacher’s, averaged over contexts.',
  measure: measureOn(['tokens', 'otherTokens'], ({ tokens, otherTokens }) => {
    const contexts = Array.from({ length: tokens.shape[0] }, (_, context) => {
      const [own, theirs] = [meanOf(tokens, context), meanOf(otherTokens, context)];
      return own.reduce((sum, value, d) => sum + (value - theirs[d]) ** 2, 0);
    });
    return meanEstimate(Float64Array.from(contexts)); // the mean with its 95 % interval over contexts
  }),
});

export default definePlugin({ metrics: { meanShift } });
