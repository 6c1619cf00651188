import type { Rows } from '../src/evaluation/statistics/rows.ts';
import { type Stream, stream } from '../src/ground/random/philox.ts';

/** Samples, other samples that share most of their noise row by row, and an independent reference. */
export interface World {
  readonly samples: Rows;
  readonly others: Rows;
  readonly reference: Rows;
}

/** A row from d standard normal numbers and two further uniform ones, which choose a component or a tail. */
type Law = (normal: Float32Array, choice: number, tail: number) => Float32Array;

interface Laws {
  readonly samples: Law;
  readonly others: Law;
  readonly reference: Law;
}

const gaussian =
  (shift = 0, scale = 1): Law =>
  (normal) =>
    normal.map((value) => shift + scale * value);

/** Ten classes whose centres are far apart in a few directions; 64 of unequal spread as features have. */
const classes =
  (scale: number): Law =>
  (normal, choice) => {
    const label = Math.floor(10 * choice);
    return normal.map((value, i) => (i % 10 === label ? 3 : 0) + (scale * value) / Math.sqrt(1 + i / 4));
  };

/** Student's t of 5 degrees of freedom by a common scale, whose inverse square has a χ² of 5 by its quantile. */
const heavy =
  (shift: number): Law =>
  (normal, _, tail) => {
    const scale = Math.sqrt(5 / chiSquare5(tail));
    return normal.map((value) => shift + value * scale);
  };

/** Wilson and Hilferty's quantile is too light in the tail; a few steps of Newton on the closed form are exact. */
function chiSquare5(share: number): number {
  let [low, high] = [0, 80];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (chiSquare5Share(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function chiSquare5Share(x: number): number {
  const root = Math.sqrt(x);
  return errorFunction(Math.sqrt(x / 2)) - Math.sqrt(2 / Math.PI) * Math.exp(-x / 2) * (root + root ** 3 / 3);
}

/** Abramowitz and Stegun 7.1.26: within 1.5e-7. */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  return 1 - terms.reduceRight((sum, term) => t * (term + sum), 0) * Math.exp(-x * x);
}

/** A share of rows lies far off, at 2.5 in every direction. */
const rare =
  (share: number): Law =>
  (normal, choice) =>
    normal.map((value) => value + (choice < share ? 2.5 : 0));

/** What samples, others and reference are drawn from. */
export const worlds: Readonly<Record<string, Laws>> = {
  equal: { samples: gaussian(), others: gaussian(), reference: gaussian() },
  shifted: { samples: gaussian(0.2), others: gaussian(0.1), reference: gaussian() },
  mixed: { samples: classes(0.85), others: classes(0.95), reference: classes(1) },
  heavy: { samples: heavy(0.1), others: heavy(0), reference: heavy(0) },
  rare: { samples: rare(0.005), others: rare(0.01), reference: rare(0.01) },
};

/** What paired rows share of their noise, as a correlation. */
const CORRELATION = 0.9;

/** One replicate of a world: count rows of d columns in each set. */
export function drawWorld({ samples, others, reference }: Laws, count: number, d: number, replicate: number): World {
  const draws = stream('interval-coverage', count, d, replicate);
  const noise = draws.normal(count * d);
  const rest = draws.normal(count * d);
  const mixed = noise.map((value, i) => CORRELATION * value + Math.sqrt(1 - CORRELATION ** 2) * (rest[i] as number));
  const own = choicesOf(draws, count);
  return {
    samples: rowsOf(samples, mixed, own, d),
    others: rowsOf(others, noise, own, d),
    reference: rowsOf(reference, draws.normal(count * d), choicesOf(draws, count), d),
  };
}

interface Choices {
  readonly choice: Float32Array;
  readonly tail: Float32Array;
}

const choicesOf = (draws: Stream, count: number): Choices => ({
  choice: draws.uniform(count),
  tail: draws.uniform(count),
});

function rowsOf(law: Law, normal: Float32Array, { choice, tail }: Choices, d: number): Rows {
  const data = new Float32Array(normal.length);
  choice.forEach((part, row) => {
    data.set(law(normal.subarray(row * d, (row + 1) * d), part, tail[row] as number), row * d);
  });
  return { shape: [choice.length, d], data };
}
