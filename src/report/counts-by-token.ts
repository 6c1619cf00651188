import type { Entry } from './summary.ts';

/**
 * The step counts of a head by the token's place in an image, equal neighbours as one: `4 × 3, 3 × 5, 2 × 5, 1 × 3`;
 * undefined where all are the same.
 */
export function countsByToken({ rows: [row] }: Pick<Entry, 'rows'>): string | undefined {
  const counts = row?.stepsByToken;
  if (counts === undefined) return undefined;
  const runs: [count: number, tokens: number][] = [];
  for (const count of counts) {
    const last = runs.at(-1);
    if (last?.[0] === count) last[1] += 1;
    else runs.push([count, 1]);
  }
  return runs.map(([count, tokens]) => `${count} × ${tokens}`).join(', ');
}
