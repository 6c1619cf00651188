import { calmMidpoint } from './calm-midpoint.ts';
import { lsd } from './lsd.ts';
import { marDdim } from './mar-ddim.ts';
import { marDdpm } from './mar-ddpm.ts';
import { nextstepCps } from './nextstep-cps.ts';
import { nextstepEm11 } from './nextstep-em11.ts';
import { nextstepEm2025 } from './nextstep-em2025.ts';
import { nextstepOde } from './nextstep-ode.ts';
import { nextstepSde } from './nextstep-sde.ts';
import type { Rule } from './rule.ts';
import { vibevoiceDpmpp } from './vibevoice-dpmpp.ts';

/** The straight-line flow of heads that predict something else, solved as one. */
const flowRules = {
  'flow-euler': { ...nextstepOde, title: 'Euler on the straight-line flow', network: 'flow' },
  'flow-midpoint': { ...calmMidpoint, title: 'the midpoint method on the straight-line flow', network: 'flow' },
} as const satisfies Readonly<Record<string, Rule>>;

/** The samplers of the original systems, by family and by the name that the command line gives them; the first is the default. */
export const originalRules = {
  nextstep: { ode: nextstepOde, sde: nextstepSde, cps: nextstepCps, em2025: nextstepEm2025, em11: nextstepEm11 },
  mar: { ddpm: marDdpm, ddim: marDdim, ...flowRules },
  'pocket-tts': { lsd },
  vibevoice: { 'dpmpp-2m': vibevoiceDpmpp, ...flowRules },
  'calm-flow': { midpoint: calmMidpoint },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Rule>>>>;
