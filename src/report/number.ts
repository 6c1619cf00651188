/** Numbers as a reader wants them: three significant digits, units, intervals in the value's precision. */
import type { Estimate } from '../evaluate/result.ts';
import type { Metric } from './metric.ts';

const minus = (text: string): string => text.replace(/^-/, '−');

const grouped = (value: number, decimals: number): string =>
  minus(value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));

/** Decimals that give a value three significant digits; 0 to 6. */
export function decimalsOf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

/** A number in three significant digits, or whole where it is larger. */
export const number = (value: number): string => grouped(value, decimalsOf(value));

/** A share as a percentage with one decimal. */
export const percent = (share: number): string => `${grouped(share * 100, 1)} %`;

const decimalsOfEstimate = ({ value, low, high }: Estimate): number =>
  decimalsOf(value === 0 ? Math.max(Math.abs(low), Math.abs(high)) : value);

/** The value of an estimate as its metric shows it. */
export function valueText(estimate: Estimate, metric: Pick<Metric, 'percent'> = {}): string {
  return metric.percent ? percent(estimate.value) : grouped(estimate.value, decimalsOfEstimate(estimate));
}

/** The interval of an estimate: `[11.5, 12.8]`, in the value's precision. */
export function intervalText(estimate: Estimate, metric: Pick<Metric, 'percent'> = {}): string {
  const decimals = metric.percent ? 1 : decimalsOfEstimate(estimate);
  const scale = metric.percent ? 100 : 1;
  return `[${grouped(estimate.low * scale, decimals)}, ${grouped(estimate.high * scale, decimals)}]`;
}

/** An estimate with its interval: `12.1 [11.5, 12.8]`. */
export const estimateText = (estimate: Estimate, metric: Pick<Metric, 'percent'> = {}): string =>
  `${valueText(estimate, metric)} ${intervalText(estimate, metric)}`;

/** A factor: `7.3×`, `12×`. */
export const times = (factor: number): string => `${grouped(factor, factor < 9.95 ? (factor < 0.095 ? 2 : 1) : 0)}×`;

/** Milliseconds with the unit that reads best. */
export const milliseconds = (value: number): string =>
  value < 1 ? `${number(value * 1000)} µs` : value < 1000 ? `${number(value)} ms` : `${number(value / 1000)} s`;

/** A length of time from seconds: `4.2 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${number(seconds)} s`;
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
  return magnitude === undefined ? grouped(value, 0) : `${number(value / magnitude[0])} ${magnitude[1]}`;
}
