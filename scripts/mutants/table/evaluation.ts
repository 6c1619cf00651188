import type { NamedMutation } from '../named.ts';

/** Faults of what is compared with what, of what it cost, and of the statistics. */
export const evaluationFaults: readonly NamedMutation[] = [
  {
    what: 'the cost of a student is without the cache',
    file: 'src/evaluation/stage/row-cost.ts',
    text: 'totalForwards: cacheForwards + startForwards + forwards',
    replacement: 'totalForwards: startForwards + forwards',
  },
  {
    what: 'a finisher is not charged what it started from',
    file: 'src/evaluation/stage/row-cost.ts',
    text: 'start.facts.forwards + startOf(start, context)',
    replacement: 'startOf(start, context)',
  },
  {
    what: 'the floor is that of any row',
    file: 'src/evaluation/stage/measure-rows.ts',
    text: 'if (sampled.other) [floor, breakdown] = [one.quality, one.breakdown];',
    replacement:
      'if (index === 0) [floor, breakdown] = [one.quality, one.breakdown];\n    if (sampled.other) continue;',
  },
  {
    what: 'the teacher’s samples are those of any row',
    file: 'src/evaluation/stage/reference.ts',
    text: "rows.find((row) => row.row.kind === 'teacher' && row.other === other)",
    replacement: 'rows.findLast((row) => row.other === other)',
  },
  {
    what: 'the teacher’s second set is its first',
    file: 'src/evaluation/stage/reference.ts',
    text: "row.row.kind === 'teacher' && row.other === other",
    replacement: "row.row.kind === 'teacher'",
  },
  {
    what: 'the floor is a set against itself',
    file: 'src/evaluation/stage/row-quality.ts',
    text: 'otherTokens: other ? teacher.own : teacher.other',
    replacement: 'otherTokens: teacher.other',
  },
  {
    what: 'rows are measured against the very noise they share',
    file: 'src/evaluation/stage/row-quality.ts',
    text: 'other ? reference.teacher : reference.teacherOther',
    replacement: 'reference.teacher',
  },
  {
    what: 'gap and ratio are unpaired: the teacher’s set is of other noise',
    file: 'src/evaluation/stage/row-quality.ts',
    text: 'pairedFeatures: reference.teacher }',
    replacement: 'pairedFeatures: reference.teacherOther }',
  },
  {
    what: 'images a second are counted for another batch',
    file: 'src/evaluation/stage/speed-job.ts',
    text: 'IMAGES / median.seconds',
    replacement: '50 / median.seconds',
  },
  {
    what: 'the timed images are those of the warm-up',
    file: 'src/evaluation/stage/speed-job.ts',
    text: 'await model.generate({ labels, noise }, head)',
    replacement: 'await model.generate({ labels: labels.subarray(0, 8), noise }, head)',
  },
  {
    what: 'latency is of calls of another size',
    file: 'src/evaluation/stage/speed-job.ts',
    text: 'noise: { shape: [batch, 1, token], data: random.normal(batch * token) }',
    replacement: 'noise: { shape: [1, 1, token], data: random.normal(token) }',
  },
  {
    what: 'the head’s share is of the wrong whole',
    file: 'src/evaluation/stage/amdahl.ts',
    text: '1 / (1 - headShare)',
    replacement: '1 / headShare',
  },
  {
    what: 'dispersion is over S instead of S − 1',
    file: 'src/evaluation/statistics/dispersion.ts',
    text: '/ (count - 1)',
    replacement: '/ count',
  },
  {
    what: 'the energy distance is biased',
    file: 'src/evaluation/statistics/energy-distance.ts',
    text: '(2 * sum) / (count * (count - 1))',
    replacement: '(2 * sum) / (count * count)',
  },
  {
    what: 'the Fréchet distance forgets a trace',
    file: 'src/evaluation/statistics/frechet-expansion.ts',
    text: 'trace(a.covariance, d) + trace(b.covariance, d)',
    replacement: '2 * trace(b.covariance, d)',
  },
  {
    what: 'the Fréchet distance counts the cross term once',
    file: 'src/evaluation/statistics/frechet-expansion.ts',
    text: '- 2 * cross',
    replacement: '- cross',
  },
  {
    what: 'the interval of a share is Wald’s',
    file: 'src/evaluation/statistics/accuracy.ts',
    text: ' + square / (4 * count * count)',
    replacement: '',
  },
  {
    what: 'a guided evaluation costs one forward',
    file: 'src/evaluation/stage/plan.ts',
    text: 'guidedEvaluations(teacher) * steps * measuredSolvers',
    replacement: 'steps * measuredSolvers',
  },
];
