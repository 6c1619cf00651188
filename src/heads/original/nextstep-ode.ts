import { flowRule } from './nextstep-flow.ts';
import { combined } from './rows.ts';

/** NextStep-1's deterministic rule: Euler's method on the shifted grid. */
export const nextstepOde = flowRule({ title: "NextStep-1's ODE", steps: 28 }, ({ from, to, x, v }) =>
  combined(1, x, to - from, v),
);
