import { calmMidpoint } from './calm-midpoint.ts';
import { nextstepOde } from './nextstep-ode.ts';
import type { Rule } from './rule.ts';

/** The straight-line flow of heads that predict something else, solved as one. */
export const flowRules = {
  'flow-euler': { ...nextstepOde, title: 'Euler on the straight-line flow', network: 'flow' },
  'flow-midpoint': { ...calmMidpoint, title: 'the midpoint method on the straight-line flow', network: 'flow' },
} as const satisfies Readonly<Record<string, Rule>>;
