import { counted } from '../ground/counted.ts';
import type { Reading } from './meter.ts';

/** A count with thousands set apart: `16,384`. */
export const countText = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Seconds as `0:08`, `12:34` or `1:02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/** A rate as `1,230/s`, `4.2/s` or, when it is under one a second, `15/min`. */
export function rateText(rate: number): string {
  if (rate < 1) return `${(rate * 60).toPrecision(2)}/min`;
  return `${rate < 10 ? rate.toFixed(1) : countText(rate)}/s`;
}

/** How far a stage is: `42 %  6,880/16,384 contexts  1,230/s  ETA 0:08`. */
export function readingText({ done, total, share, rate, remaining }: Reading, unit: string): string {
  const parts = [
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${countText(done)}/${countText(total)} ${unit}`,
    rate === undefined ? undefined : rateText(rate),
    remaining === undefined ? undefined : `ETA ${durationText(remaining)}`,
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}

/** What a stage took: `16,384 contexts in 0:13`. */
export const finishedText = ({ done, elapsed }: Reading, unit: string): string =>
  `${counted(done, unit, countText(done))} in ${durationText(elapsed)}`;

/** A size in bytes as `812 B`, `1.4 MB` or `2.0 GB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${'BkMG'[power]}B`;
}

/** Lines of a label and what it names, aligned. */
export function labelled(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((label) => label.length));
  return Object.entries(lines)
    .map(([label, text]) => `${label.padEnd(width)}  ${text}`)
    .join('\n');
}
