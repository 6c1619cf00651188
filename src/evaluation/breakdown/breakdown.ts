import type { Estimate } from '../../ground/estimate.ts';

/** Where the distance of a row's samples to the teacher's comes from. The teacher's second set has one, too: the floor. */
export interface Breakdown {
  readonly contexts: ByContext;
  /** Where guidance was varied. */
  readonly guidance?: ByGuidance;
  /** Where there are whole images. */
  readonly tokens?: ByToken;
}

/** Energy distances in each context, under the prefixes of real data (teacher-forced). */
export interface ByContext {
  /** Index of the token in its image [C]. */
  readonly position: readonly number[];
  /** [C] */
  readonly energyDistance: readonly number[];
  /** The contexts of the largest distances, those first. */
  readonly worst: readonly WorstContext[];
}

/** A context where a row is far from the teacher: some draws of both, on the two axes along which the teacher varies most. */
export interface WorstContext {
  /** Its index among the contexts. */
  readonly context: number;
  readonly samples: readonly Point[];
  readonly teacher: readonly Point[];
}

/** A draw on two axes. */
export type Point = readonly [number, number];

/** How a row's tokens follow the guidance scale. */
export interface ByGuidance {
  /** Distance of its tokens under the evaluation's scale to the teacher's under several. */
  readonly nearest: readonly ScaleDistance[];
  /** Distance to the teacher's under the same scale, at the ends of the trained range. */
  readonly ends: readonly ScaleDistance[];
  /** How far its tokens under the two ends are apart, over the teacher's, by roots of energy distances; 0 hears no scale. */
  readonly response?: number;
}

/** An energy distance under a guidance scale. */
export interface ScaleDistance {
  readonly guidance: number;
  readonly energyDistance: Estimate;
}

/** By a token's place in images that the row made itself (free-running), of one prompt at a time. */
export interface ByToken {
  /** [L] */
  readonly energyDistance: readonly number[];
  /** Spread over the teacher's [L]; null where the teacher's tokens do not vary. */
  readonly dispersion: readonly (number | null)[];
}
