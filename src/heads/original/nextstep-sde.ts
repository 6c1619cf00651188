import { flowRule } from './nextstep-flow.ts';
import { combined } from './rows.ts';

/**
 * The stochastic rule that NextStep-1's code takes by default since 2026: with σ = 1 − t and
 * sd = level·√(σ/(1 − σ)), x' = n0·(1 − t') + x1·t' − sd²·dt/(2σ)·n0 + sd·√dt·z. At t = 0 the denominator is 1 minus
 * the last grid time before 1.
 */
export const nextstepSde = flowRule(
  { title: "NextStep-1's SDE of 2026", steps: 28, normals: (steps) => steps },
  ({ from, to, last, level, noise, data, z }) => {
    const [sigma, dt] = [1 - from, to - from];
    const variance = (level ** 2 * sigma) / (1 - (sigma === 1 ? last : sigma));
    const moved = combined(1 - to - (variance * dt) / (2 * sigma), noise, to, data);
    return combined(1, moved, Math.sqrt(variance * dt), z);
  },
);
