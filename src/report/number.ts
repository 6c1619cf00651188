/** Numbers as a reader wants them: three significant digits, units, intervals in the value's precision. */
import type { Metric } from '../evaluation/metric/metric.ts';
import type { Estimate } from '../ground/estimate.ts';

const minus = (text: string): string => text.replace(/^-/, '−');

/** A number with so many decimals, thousands set apart. */
export const grouped = (value: number, decimals: number): string =>
  minus(value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));

/** Decimals that give a value three significant digits; 0 to 6. */
export function decimalsOf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

/** A number in three significant digits, or whole where it is larger. */
export const number = (value: number): string => grouped(value, decimalsOf(value));

/** A share as a percentage with one decimal. */
export const percent = (share: number): string => `${grouped(share * 100, 1)}\u00a0%`;

/** How a metric is shown. */
type Shown = Partial<Pick<Metric, 'unit' | 'decimals'>>;

/** Three significant digits of the value, but no more than two of half the interval's width. */
function decimalsOfEstimate({ value, low, high }: Estimate, { unit, decimals }: Shown): number {
  if (unit === '%') return 1;
  const spread = (high - low) / 2;
  const own = decimalsOf(value === 0 ? Math.max(Math.abs(low), Math.abs(high)) : value);
  return Math.min(own, decimals ?? own, spread > 0 ? Math.max(0, decimalsOf(spread) - 1) : own);
}

const scaled = (value: number, estimate: Estimate, metric: Shown): string =>
  grouped(metric.unit === '%' ? value * 100 : value, decimalsOfEstimate(estimate, metric));

/** The value of an estimate as its metric shows it. */
export const valueText = (estimate: Estimate, metric: Shown = {}): string =>
  `${scaled(estimate.value, estimate, metric)}${metric.unit === '%' ? '\u00a0%' : ''}`;

/** The interval of an estimate, in the value's precision: `[11.5, 12.8]`. */
export const intervalText = (estimate: Estimate, metric: Shown = {}): string =>
  `[${scaled(estimate.low, estimate, metric)}, ${scaled(estimate.high, estimate, metric)}]`;

/** An estimate with its interval: `12.1 [11.5, 12.8]`. */
export const estimateText = (estimate: Estimate, metric: Shown = {}): string =>
  `${valueText(estimate, metric)} ${intervalText(estimate, metric)}`;

/** A factor: `7.3×`, `12×`. */
export const times = (factor: number): string => `${grouped(factor, factor < 9.95 ? (factor < 0.095 ? 2 : 1) : 0)}×`;

/** Times in milliseconds, in the unit that suits the first of them: `31.0 µs`, then `33.5`, `40.6`. */
export function milliseconds(first: number, ...others: readonly number[]): readonly [string, ...string[]] {
  const [factor, unit] = first < 1 ? [1000, 'µs'] : first < 1000 ? [1, 'ms'] : [0.001, 's'];
  return [`${number(first * factor)}\u00a0${unit}`, ...others.map((value) => number(value * factor))];
}

/** A length of time from seconds: `4.2 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${number(seconds)}\u00a0s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0
    ? `${hours} h ${String(minutes).padStart(2, '0')} min`
    : `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
}

const magnitudes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A large count in short: `12.6 M`. */
export function count(value: number): string {
  const magnitude = magnitudes.find(([size]) => Math.abs(value) >= size);
  return magnitude === undefined ? grouped(value, 0) : `${number(value / magnitude[0])}\u00a0${magnitude[1]}`;
}

/** Head forwards a token: whole, or a mean over the tokens of an image in two decimals. */
export const forwardsText = (nfe: number): string => String(Number(nfe.toFixed(2)));
