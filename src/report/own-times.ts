import { type Entry, entryLabel } from './summary.ts';

/** Times of steps in three decimals: `0, 0.375, 1`. */
export const timesText = (times: readonly number[]): string =>
  times.map((time) => String(Number(time.toFixed(3)))).join(', ');

/** The times of a head's steps where they are its own, of each seed where these differ; undefined where steps are equal. */
export function ownTimesText({ rows }: Pick<Entry, 'rows'>): string | undefined {
  const texts = [...new Set(rows.flatMap(({ times }) => (times === undefined ? [] : [timesText(times)])))];
  return texts.length === 0 ? undefined : texts.join(' or ');
}

/** The factors on a head's noise where it has some: `1.05, 0.95`. */
export function noiseScalesText({ rows }: Pick<Entry, 'rows'>): string | undefined {
  const [scales] = rows.flatMap(({ noiseScales }) => (noiseScales === undefined ? [] : [noiseScales]));
  return scales && timesText(scales);
}

/** Which of some heads have their noise scaled; empty where none has. */
export function noiseScalesSentence(entries: readonly Entry[]): string {
  const own = entries.flatMap((entry) => {
    const text = noiseScalesText(entry);
    return text === undefined ? [] : [`${entryLabel(entry)}: ${text}`];
  });
  return own.length === 0 ? '' : `Noise is scaled, the first and then each new one: ${own.join('; ')}.`;
}

/** Which of some heads take steps at times of their own; empty where all take equal ones. */
export function ownTimesSentence(entries: readonly Entry[]): string {
  const own = entries.flatMap((entry) => {
    const text = ownTimesText(entry);
    return text === undefined ? [] : [`${entryLabel(entry)}: ${text}`];
  });
  return own.length === 0 ? '' : `Times of their own, the others are equal: ${own.join('; ')}.`;
}
