/** A generated mutation that changes nothing that can be observed, with the reason. */
interface Equivalent {
  readonly file: string;
  /** The source line that it is in, without indentation. */
  readonly line: string;
  readonly text: string;
  readonly replacement: string;
  readonly reason: string;
}

/** They are not tried, and count neither as killed nor as survivors. */
export const equivalent: readonly Equivalent[] = [
  {
    file: 'src/evaluation/statistics/dispersion.ts',
    line: 'for (let s = 0; s < count; s++) {',
    text: '0',
    replacement: '(0 + 1)',
    reason: 'values are taken less the first draw, which itself adds zero to both sums',
  },
  {
    file: 'src/evaluation/statistics/eigen.ts',
    line: 'for (let column = 0; column < d; column++) out[row * d + column] = dot(a, row * d, b, column * d, d);',
    text: 'column < d',
    replacement: 'column <= d',
    reason:
      'one column more is the first one of the next row, which is written after it, or lies outside of the matrix',
  },
  {
    file: 'src/evaluation/features/batch.ts',
    line: 'for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {',
    text: 'y < height + Math.min(0, down)',
    replacement: 'y <= height + Math.min(0, down)',
    reason: 'the line below the image has no ink, or is written outside of the image, where nothing is kept',
  },
  {
    file: 'src/evaluation/statistics/sliced-wasserstein.ts',
    line: 'if (leftA < stepA * ROUNDING) {',
    text: 'leftA < stepA * ROUNDING',
    replacement: 'leftA <= stepA * ROUNDING',
    reason: 'what is left of a mass is rounding (1e-16 of it) or a share of 1/N, never just 1e-9 of it',
  },
  {
    file: 'src/evaluation/statistics/sliced-wasserstein.ts',
    line: 'if (leftB < stepB * ROUNDING) {',
    text: 'leftB < stepB * ROUNDING',
    replacement: 'leftB <= stepB * ROUNDING',
    reason: 'what is left of a mass is rounding (1e-16 of it) or a share of 1/N, never just 1e-9 of it',
  },
  {
    file: 'src/distillation/method/rectified-flow-distilled.ts',
    line: "return pseudoHuber(landed, named(batch, 'x_t'), huber * Math.sqrt(x.shape[2] ?? 1));",
    text: "pseudoHuber(landed, named(batch, 'x_t'), huber * Math.sqrt(x.shape[2] ?? 1))",
    replacement: "pseudoHuber(named(batch, 'x_t'), landed, huber * Math.sqrt(x.shape[2] ?? 1))",
    reason: 'the distance is symmetric, and so are its gradients',
  },
  {
    file: 'src/evaluation/features/batch.ts',
    line: 'for (let i = 0; i < batch; i++) {',
    text: 'i < batch',
    replacement: 'i <= batch',
    reason: 'one image more is written outside of the batch, where nothing is kept',
  },
  {
    file: 'src/evaluation/statistics/coverage.ts',
    line: 'for (; place > 0 && (smallest[place - 1] as number) > value; place--) smallest[place] = smallest[place - 1] as number;',
    text: '(smallest[place - 1] as number) > value',
    replacement: '(smallest[place - 1] as number) >= value',
    reason: 'equal values change places, and the list is the same',
  },
  {
    file: 'src/evaluation/statistics/frechet-expansion.ts',
    line: 'const out = new Float64Array(d + (d * (d + 1)) / 2);',
    text: '2',
    replacement: '(2 + -1)',
    reason: 'the room behind what is written holds zeros, and effects are only multiplied and added with one another',
  },
  {
    file: 'src/evaluation/statistics/moments.ts',
    line: 'for (let i = 0; i < d; i++) {',
    text: '0',
    replacement: '(0 + -1)',
    reason: 'row −1 of a lower triangle has no columns, and places before a list are not written',
  },
  {
    file: 'src/evaluation/features/batch.ts',
    line: 'for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {',
    text: 'Math.min',
    replacement: 'Math.max',
    reason: 'lines beyond the image are read as paper, or written outside of the image, where nothing is kept',
  },
  {
    file: 'src/evaluation/features/training.ts',
    line: 'for (let i = 0; i < FEATURE_SIZE; i++) trace += covariance[i * (FEATURE_SIZE + 1)] ?? 0;',
    text: 'i < FEATURE_SIZE',
    replacement: 'i <= FEATURE_SIZE',
    reason: 'what is behind the matrix counts 0',
  },
  {
    file: 'src/evaluation/stage/teacher-quality.ts',
    line: 'fd: estimate(frechetExpansion(groupedMoments(extracted.features, grouping), reference)),',
    text: 'frechetExpansion(groupedMoments(extracted.features, grouping), reference)',
    replacement: 'frechetExpansion(reference, groupedMoments(extracted.features, grouping))',
    reason: 'the distance is symmetric, and so are the sums over both sets that make its interval',
  },
  {
    file: 'src/evaluation/statistics/sliced-wasserstein.ts',
    line: '}, 0);',
    text: '0',
    replacement: '(0 + -1)',
    reason: 'a constant added to what every half gives changes no variance of it',
  },
  {
    file: 'src/evaluation/statistics/half-sampling.ts',
    line: 'return (splits[0]?.one ?? []).map((_, index) =>',
    text: '0',
    replacement: '(0) + 1',
    reason: 'only its length is read, and every split gives equally many statistics',
  },
];
