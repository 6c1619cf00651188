import { counted } from '../../ground/counted.ts';

/** Where runs are kept, in the working folder. */
export const runsFolder = 'runs';

const units = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

/** A time in milliseconds, roughly: `3 days`, `1 hour`, `less than a minute`. */
export function ageText(milliseconds: number): string {
  const [unit, size] = units.find(([, least]) => milliseconds >= least) ?? [];
  return unit === undefined ? 'less than a minute' : counted(Math.floor(milliseconds / size), unit);
}
