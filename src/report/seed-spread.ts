import { type Entry, entriesOf, type Summary } from './summary.ts';

/** How much the seeds of a student differ, beside how sure one of them is. */
export interface SeedSpread {
  readonly entry: Entry;
  readonly seeds: number;
  readonly mean: number;
  /** Standard deviation of the ranking metric over the seeds' trainings. */
  readonly training: number;
  /** Standard error of one seed's value by its samples: its interval's half-width over 1.96, the mean over seeds. */
  readonly sampling: number;
}

const NORMAL = 1.96;

/**
 * Training noise apart from sampling noise, of students with several seeds. All seeds are sampled from the same prompts and
 * noise: what their values differ by is their training.
 */
export function seedSpreads(summary: Summary): readonly SeedSpread[] {
  return entriesOf(summary, 'student').flatMap((entry) => {
    const found = entry.rows.flatMap(({ quality }) => quality[summary.ranking.name] ?? []);
    if (found.length < 2) return [];
    const mean = found.reduce((sum, { value }) => sum + value, 0) / found.length;
    const square = found.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (found.length - 1);
    const sampling = found.reduce((sum, { low, high }) => sum + (high - low) / 2 / NORMAL, 0) / found.length;
    return { entry, seeds: found.length, mean, training: Math.sqrt(square), sampling };
  });
}
