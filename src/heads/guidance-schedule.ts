/** How guidance scales change along an image. */
export const guidanceSchedules = {
  /** The same scale for every token. */
  constant: (w: number): number => w,
  /** From near 1 to w at the last token: 1 + (w − 1)·(i + 1)/L, as MAR (arXiv 2406.11838) samples with `linear`. */
  linear: (w: number, position: number, tokens: number): number => 1 + ((w - 1) * (position + 1)) / tokens,
} as const satisfies Readonly<Record<string, (w: number, position: number, tokens: number) => number>>;

/** A schedule's name in recipes. */
export type GuidanceScheduleName = keyof typeof guidanceSchedules;

/** A guidance scale and its schedule: all that a head's scale at a token follows from. */
export interface TokenGuidance {
  readonly guidance: number;
  readonly schedule?: GuidanceScheduleName;
}

/** The scale at a token of an image of L. */
export const scaleAt = ({ guidance, schedule = 'constant' }: TokenGuidance, position: number, tokens: number): number =>
  guidanceSchedules[schedule](guidance, position, tokens);
