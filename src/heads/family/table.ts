import { calmFlow } from './calm-flow.ts';
import type { Family, FamilyName } from './family.ts';
import { mar } from './mar.ts';
import { nextstep } from './nextstep.ts';
import { pocketTts } from './pocket-tts.ts';
import { vibevoice } from './vibevoice.ts';

/** The families of heads by the name that `--family` gives them. */
export const families: Readonly<Record<FamilyName, Family>> = {
  nextstep,
  mar,
  'pocket-tts': pocketTts,
  vibevoice,
  'calm-flow': calmFlow,
};

/** Their names. */
export const familyNames = Object.keys(families) as [FamilyName, ...FamilyName[]];
