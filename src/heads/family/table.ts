import { derived, extensible } from '../../ground/plugin/table.ts';
import { calmEnergy } from './calm-energy.ts';
import { calmFlow } from './calm-flow.ts';
import type { Family } from './family.ts';
import { mar } from './mar.ts';
import { nextstep } from './nextstep.ts';
import { pocketTts } from './pocket-tts.ts';
import { sphereAr } from './sphere-ar.ts';
import { vibevoice } from './vibevoice.ts';

const builtIn = {
  nextstep,
  mar,
  'pocket-tts': pocketTts,
  vibevoice,
  'calm-flow': calmFlow,
  'sphere-ar': sphereAr,
  'calm-energy': calmEnergy,
} as const satisfies Readonly<Record<string, Family>>;

/** The families of heads that can be imported. */
export type FamilyName = keyof typeof builtIn;

/** The families by the name that `--family` gives them. */
export const families: Readonly<Record<FamilyName, Family>> = extensible('families', builtIn);

/** Their names. */
export const familyNames = derived(() => Object.keys(families) as [FamilyName, ...FamilyName[]]);

/** The names of those whose heads can be distilled, of which small ones can be made. */
export const trainedFamilyNames = derived(() => familyNames().filter((name) => families[name].training !== undefined));
