import { UsageError } from '../../ground/errors.ts';
import { eulerMaruyama } from './euler-maruyama.ts';
import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Rule } from './rule.ts';
import { shiftedGrid } from './shifted-grid.ts';

/** The length of the last step, whatever the shift. */
const lastStep = 0.04;

/**
 * The rule of NextStep-1's first release: n − 1 Euler–Maruyama steps over n equally spaced, then shifted, times of
 * [0, 0.96], and a last deterministic step of 0.04. Throws UsageError below 2 steps.
 */
export const nextstepEm2025: Rule = {
  title: "NextStep-1's Euler–Maruyama of 2025",
  steps: 20,
  normals: (steps) => steps - 1,
  start: (problem, settings) => {
    if (settings.steps < 2) throw new UsageError(`steps of em2025: expected at least 2, got ${settings.steps}`);
    const times = shiftedGrid(settings.steps, (1 - lastStep) / (settings.steps - 1), settings.shift);
    return {
      times,
      step: async (index, x, z) => {
        const [from, to] = [times[index] ?? 0, times[index + 1]];
        const { prediction: v } = await predict(problem, settings, x, from);
        return { x: to === undefined ? combined(1, x, lastStep, v) : eulerMaruyama(x, v, z, from, to - from), v };
      },
    };
  },
};
