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
    file: 'src/teachers/solve/solve-cached.ts',
    line: 'const [, , draws = 1, token = 1] = states.shape;',
    text: '1',
    replacement: '(1 + -1)',
    reason: 'states always have four dimensions: the defaults are there for the type checker',
  },
];
