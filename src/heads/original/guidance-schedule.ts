/** A guidance scale over the tokens of one generation: `made` of `length` tokens are there. */
export type GuidanceSchedule = (scale: number, made: number, length: number) => number;

/**
 * The schedules by name. `linear-2025` falls from the scale towards 1 and `linear-2026` rises to it from
 * max(scale/2, 1), both by the tokens made before this one (NextStep-1's code of those years); `linear-mar` rises
 * from 1 by the tokens that are unmasked once this step is done (MAR, after Muse).
 */
export const guidanceSchedules = {
  constant: (scale) => scale,
  'linear-2025': (scale, made, length) => 1 + ((scale - 1) * (length - made)) / length,
  'linear-2026': (scale, made, length) => Math.max(scale / 2, 1 + ((scale - 1) * made) / length),
  'linear-mar': (scale, made, length) => 1 + ((scale - 1) * made) / length,
} as const satisfies Readonly<Record<string, GuidanceSchedule>>;

export type GuidanceScheduleName = keyof typeof guidanceSchedules;

/** A guidance scale and its schedule: all that a head's scale at a token follows from. */
export interface TokenGuidance {
  readonly guidance: number;
  /** `constant` unless given. */
  readonly schedule?: GuidanceScheduleName;
}

/** The scale at the token of a position in an image of L tokens. */
export const scaleAt = ({ guidance, schedule = 'constant' }: TokenGuidance, position: number, tokens: number): number =>
  guidanceSchedules[schedule](guidance, schedule === 'linear-mar' ? position + 1 : position, tokens);
