import type { Evaluation } from '../evaluation/stage/result.ts';
import { estimateText, number } from './number.ts';

/** Paths of so little more energy than straight ones are called straight. */
const STRAIGHT = 1.01;

/**
 * How curved the teacher's paths are: `The teacher's paths take 1.34 [1.31, 1.37] times the energy of straight ones (…), the most
 * of it, 4.2 times, from t = 0.938 to 1. …` Empty where it was not measured.
 */
export function pathsSentence({ paths }: Pick<Evaluation, 'paths'>): string {
  if (paths === undefined) return '';
  const { energy, byInterval } = paths;
  const start = `The teacher’s paths take ${estimateText(energy)} times the energy of straight ones (∫|dx/dt|² over |x₁ − x₀|², on held-out contexts)`;
  if (energy.value < STRAIGHT) return `${start}: they are all but straight, and one step of Euler’s follows them.`;
  const most = byInterval.indexOf(Math.max(...byInterval));
  const at = (index: number): string => number(index / byInterval.length);
  return `${start}, the most of it, ${number(byInterval[most] ?? 0)} times, from t = ${at(most)} to ${at(most + 1)} (data are at 1). Of straight paths it is 1, and one step of Euler’s is enough; what is above is what solvers need steps for.`;
}
