import type { NamedMutation } from '../named.ts';

/** Faults of what tells where a row's distance comes from, and of what is said of it. */
export const breakdownFaults: readonly NamedMutation[] = [
  {
    what: 'a row’s contexts are compared with the set of its own noise',
    file: 'src/evaluation/stage/row-breakdown.ts',
    text: 'byContext(samples.tokens, other ? tokens.own : tokens.other, position)',
    replacement: 'byContext(samples.tokens, other ? tokens.other : tokens.own, position)',
  },
  {
    what: 'tokens of images are compared with the set of their own noise',
    file: 'src/evaluation/stage/row-breakdown.ts',
    text: '(other ? imageTokens.own : imageTokens.other)',
    replacement: '(other ? imageTokens.other : imageTokens.own)',
  },
  {
    what: 'two scales of one noise are compared with the pairs of that noise',
    file: 'src/evaluation/breakdown/by-guidance.ts',
    text: '{ sharedNoise: true }',
    replacement: '{ sharedNoise: false }',
  },
  {
    what: 'a student under an end of its range is compared with the teacher under its own scale',
    file: 'src/evaluation/breakdown/by-guidance.ts',
    text: 'const theirs = teacher.get(guidance);',
    replacement: 'const theirs = teacher.get(own);',
  },
  {
    what: 'tokens of a place are those of the next prompt’s images',
    file: 'src/evaluation/breakdown/by-token.ts',
    text: '((draw * prompts + prompt) * length + place) * size',
    replacement: '((prompt * draws + draw) * length + place) * size',
  },
  {
    what: 'the best context is drawn as the worst',
    file: 'src/evaluation/breakdown/by-context.ts',
    text: '(distances[b] as number) - (distances[a] as number)',
    replacement: '(distances[a] as number) - (distances[b] as number)',
  },
  {
    what: 'the tokens of every batch of images are kept over the first’s',
    file: 'src/evaluation/stage/kept-tokens.ts',
    text: 'if (request.position === length - 1) first += rows;',
    replacement: '',
  },
  {
    what: 'further scales are sampled at the evaluation’s own',
    file: 'src/evaluation/stage/sample-job.ts',
    text: 'await sampleTokens({ ...job, guidance }, teacher, contexts)',
    replacement: 'await sampleTokens(job, teacher, contexts)',
  },
  {
    what: 'a student is held against itself at its own steps',
    file: 'src/evaluation/stage/halved-row.ts',
    text: 'one.row.steps === 2 * row.steps',
    replacement: 'one.row.steps === row.steps',
  },
  {
    what: 'images are said to copy what they are far from',
    file: 'src/evaluation/statistics/nearest-set.ts',
    text: 'first.square < second.square)',
    replacement: 'first.square > second.square)',
  },
  {
    what: 'FD∞ has the bias twice',
    file: 'src/evaluation/statistics/interval.ts',
    text: 'around(expansion.value - expansion.bias',
    replacement: 'around(expansion.value + expansion.bias',
  },
  {
    what: 'the variance of a distance does not grow with it',
    file: 'src/evaluation/statistics/distance-interval.ts',
    text: 'excess <= 0 ? 0 : Math.max(0, linear)',
    replacement: 'excess <= 0 ? 0 : 0 * Math.max(0, linear)',
  },
  {
    what: 'an interval of a squared distance is that of any statistic',
    file: 'src/evaluation/statistics/interval.ts',
    text: 'if (!expansion.squaredDistance)',
    replacement: 'if (expansion.squaredDistance !== undefined)',
  },
  {
    what: 'a group’s rows are not projected on the axes',
    file: 'src/evaluation/statistics/moments.ts',
    text: 'projected[i] = dot(axes, i * d, row, 0, d)',
    replacement: 'projected[i] = row[i] as number',
  },
  {
    what: 'precision and recall in context are exchanged',
    file: 'src/evaluation/statistics/context-neighbours.ts',
    text: 'precision: shareInside(x, y, a.size, least), recall: shareInside(y, x, a.size, least)',
    replacement: 'precision: shareInside(y, x, a.size, least), recall: shareInside(x, y, a.size, least)',
  },
  {
    what: 'a finding of one seed is told of all',
    file: 'src/report/finding/training.ts',
    text: 'found.every((one) => one !== undefined)',
    replacement: 'found.some((one) => one !== undefined)',
  },
  {
    what: 'a student is recommended that a solver beats',
    file: 'src/report/recommendation.ts',
    text: 'isBetter(ranking, other.value, own.value)',
    replacement: 'isBetter(ranking, own.value, other.value)',
  },
];
