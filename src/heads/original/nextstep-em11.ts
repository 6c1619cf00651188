import { eulerMaruyama } from './euler-maruyama.ts';
import { flowRule } from './nextstep-flow.ts';

/** The rule of NextStep-1.1's code: Euler–Maruyama over the whole shifted grid, noise on the last step included. */
export const nextstepEm11 = flowRule(
  { title: "NextStep-1.1's Euler–Maruyama", steps: 28, normals: (steps) => steps },
  ({ from, to, x, v, z }) => eulerMaruyama(x, v, z, from, to - from),
);
