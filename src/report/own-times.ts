import { type Entry, entryLabel, type Summary } from './summary.ts';

/** Times of steps in three decimals: `0, 0.375, 1`. */
export const timesText = (times: readonly number[]): string =>
  times.map((time) => String(Number(time.toFixed(3)))).join(', ');

/** The times of a head's steps where they are its own, of each seed where these differ; undefined where steps are equal. */
export function ownTimesText({ rows }: Pick<Entry, 'rows'>): string | undefined {
  const texts = [...new Set(rows.flatMap(({ times }) => (times === undefined ? [] : [timesText(times)])))];
  return texts.length === 0 ? undefined : texts.join(' or ');
}

/** Which heads take steps at times of their own; empty where all take equal ones. */
export function ownTimesSentence({ entries }: Summary): string {
  const own = entries.flatMap((entry) => {
    const text = ownTimesText(entry);
    return text === undefined ? [] : [`${entryLabel(entry)}: ${text}`];
  });
  return own.length === 0 ? '' : `Searched times, the others are equal: ${own.join('; ')}.`;
}
