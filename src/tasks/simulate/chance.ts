import { stream } from '../../ground/random/philox.ts';

/** Draws of a simulated run. */
export interface Chance {
  /** Lognormal of a mean; `spread` is the standard deviation of the logarithm. */
  readonly lognormal: (mean: number, spread: number) => number;
  /** The time until something that happens so often a second; infinite where it never does. */
  readonly until: (rate: number) => number;
}

/** Numbers are drawn so many at a time. */
const AT_ONCE = 512;

/** The draws of a key: equal keys give equal draws. */
export function chance(...key: (number | string)[]): Chance {
  const random = stream(...key);
  const supply = (draw: (count: number) => Float32Array): (() => number) => {
    let numbers: Float32Array = new Float32Array();
    let at = 0;
    return () => {
      if (at === numbers.length) {
        numbers = draw(AT_ONCE);
        at = 0;
      }
      return numbers[at++] ?? 0;
    };
  };
  const [normal, uniform] = [supply((count) => random.normal(count)), supply((count) => random.uniform(count))];
  return {
    lognormal: (mean, spread) => (spread === 0 ? mean : mean * Math.exp(spread * normal() - spread ** 2 / 2)),
    until: (rate) => (rate === 0 ? Number.POSITIVE_INFINITY : -Math.log(uniform()) / rate),
  };
}

/** The spread of the sum of some equal lognormal times, as that of one lognormal of the same moments. */
export const spreadOfSum = (spread: number, count: number): number =>
  Math.sqrt(Math.log1p(Math.expm1(spread ** 2) / count));
