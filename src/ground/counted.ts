/** A count with what is counted, whose plural ends in s: `1 step`, `4 steps`; `text` is the count as it is written. */
export const counted = (count: number, unit: string, text = String(count)): string =>
  `${text} ${count === 1 ? unit.replace(/s$/, '') : unit}`;
