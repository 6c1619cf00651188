import type { Draws } from '../statistics/draws.ts';
import { energyDistance } from '../statistics/energy-distance.ts';
import type { ByGuidance, ScaleDistance } from './breakdown.ts';

/** Tokens [C, m, D] by guidance scale. */
export type TokensByScale = ReadonlyMap<number, Draws>;

/**
 * How a row's tokens follow the guidance scale; `own` is the evaluation's. Nothing where the teacher was sampled under one
 * scale only. The two sets must not share noise; between scales each does. Throws DataError.
 */
export function byGuidance(samples: TokensByScale, teacher: TokensByScale, own: number): ByGuidance | undefined {
  const drawn = samples.get(own);
  if (drawn === undefined || teacher.size < 2) return undefined;
  const scales = [...teacher.keys()].sort((a, b) => a - b);
  const distance = (guidance: number, tokens: Draws | undefined): ScaleDistance[] => {
    const theirs = teacher.get(guidance);
    return tokens && theirs ? [{ guidance, energyDistance: energyDistance(tokens, theirs) }] : [];
  };
  const ends = [...samples.keys()].filter((scale) => scale !== own).sort((a, b) => a - b);
  const response = responseOf(samples, teacher, [...samples.keys()]);
  return {
    nearest: scales.flatMap((guidance) => distance(guidance, drawn)),
    ends: ends.flatMap((guidance) => distance(guidance, samples.get(guidance))),
    ...(response !== undefined && { response }),
  };
}

/**
 * How far the tokens under the least and the largest scale are apart, over the teacher's between the same: by the root of the
 * energy distance, which is quadratic in small moves.
 */
function responseOf(samples: TokensByScale, teacher: TokensByScale, scales: readonly number[]): number | undefined {
  const [least, most] = [Math.min(...scales), Math.max(...scales)];
  const between = (sets: TokensByScale): number | undefined => {
    const [a, b] = [sets.get(least), sets.get(most)];
    return least < most && a && b ? energyDistance(a, b, { sharedNoise: true }).value : undefined;
  };
  const [own, theirs] = [between(samples), between(teacher)];
  return own === undefined || theirs === undefined || theirs <= 0 ? undefined : Math.sqrt(Math.max(0, own) / theirs);
}
