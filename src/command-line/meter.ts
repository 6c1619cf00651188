/** How far a stage is: shares from 0 to 1, times in seconds, rates in units a second. */
export interface Reading {
  readonly done: number;
  readonly total: number;
  readonly share: number;
  readonly elapsed: number;
  /** Unknown until something was done. */
  readonly rate?: number;
  readonly remaining?: number;
}

/** Measures a stage's speed over its last minute. */
export interface Meter {
  advance(done: number): void;
  read(): Reading;
}

const window = 60;
const resumedWithin = 1;

/**
 * A meter that starts now; `now` gives seconds. What is reported in the first second at once was done by an earlier
 * run that is resumed, and does not count as speed.
 */
export function createMeter(total: number, now: () => number): Meter {
  const start = now();
  let points = [{ time: start, done: 0 }];
  return {
    advance(done) {
      const time = now();
      const resumed = points.length === 1 && points[0]?.time === start && time - start < resumedWithin;
      points = resumed ? [{ time, done }] : [...points, { time, done }];
      while (points.length > 2 && time - (points[1]?.time ?? time) >= window) points.shift();
    },
    read() {
      const time = now();
      const first = points[0] ?? { time, done: 0 };
      const last = points.at(-1) ?? first;
      const share = total > 0 ? Math.min(1, last.done / total) : 1;
      const base = { done: last.done, total, share, elapsed: time - start };
      const rate = (last.done - first.done) / (last.time - first.time);
      if (!(rate > 0) || !Number.isFinite(rate)) return base;
      return { ...base, rate, remaining: Math.max(0, (total - last.done) / rate - (time - last.time)) };
    },
  };
}
