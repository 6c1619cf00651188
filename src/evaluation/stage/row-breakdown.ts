import type { Breakdown } from '../breakdown/breakdown.ts';
import { byContext } from '../breakdown/by-context.ts';
import { byGuidance } from '../breakdown/by-guidance.ts';
import { byToken } from '../breakdown/by-token.ts';
import type { Reference } from './reference.ts';
import type { RowSamples } from './samples.ts';

/**
 * Where the distance of a row's samples to the teacher's comes from. They are compared with the teacher's second set, as in
 * `rowQuality`; with `other` they are that set, compared with the first.
 */
export function rowBreakdown(
  samples: RowSamples,
  { tokens, position, byScale, imageTokens, images }: Reference,
  { guidance: own, other }: { readonly guidance: number; readonly other: boolean },
): Breakdown {
  const follows = other ? undefined : byGuidance(new Map([...samples.scaled, [own, samples.tokens]]), byScale, own);
  const compared = imageTokens && (other ? imageTokens.own : imageTokens.other);
  const along = images && compared && samples.image_tokens && byToken(samples.image_tokens, compared, images.prompts);
  return {
    contexts: byContext(samples.tokens, other ? tokens.own : tokens.other, position),
    ...(follows && { guidance: follows }),
    ...(along && { tokens: along }),
  };
}
