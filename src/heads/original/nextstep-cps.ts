import { flowRule } from './nextstep-flow.ts';
import { combined } from './rows.ts';

/**
 * NextStep-1's coefficient-preserving rule of 2026 (Flow-CPS): sd = (1 − t')·sin(level·π/2),
 * x' = n0·√((1 − t')² − sd²) + x1·t' + sd·z.
 */
export const nextstepCps = flowRule(
  { title: "NextStep-1's CPS of 2026", steps: 28, normals: (steps) => steps },
  ({ to, level, noise, data, z }) => {
    const deviation = (1 - to) * Math.sin((level * Math.PI) / 2);
    const kept = Math.sqrt(Math.max(0, (1 - to) ** 2 - deviation ** 2));
    return combined(1, combined(kept, noise, to, data), deviation, z);
  },
);
