import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Rule } from './rule.ts';

/** CALM's other flow sampler: Euler's method on n equal steps, its times in float32 as those of the midpoint. */
export const calmEuler: Rule = {
  title: "CALM's Euler",
  steps: 20,
  start: (problem, settings) => {
    const times = Array.from({ length: settings.steps }, (_, i) => Math.fround(i / settings.steps));
    return {
      times,
      step: async (index, x) => {
        const { prediction: v } = await predict(problem, settings, x, times[index] ?? 0);
        return { x: combined(1, x, 1 / settings.steps, v), v };
      },
    };
  },
};
