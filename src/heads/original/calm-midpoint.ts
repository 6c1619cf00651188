import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Rule } from './rule.ts';

/**
 * CALM's flow sampler (arXiv 2510.27688): the midpoint method on n equal steps, two evaluations each. Times are kept
 * in float32, because the network truncates them to integers of a thousand.
 */
export const calmMidpoint: Rule = {
  title: "CALM's midpoint",
  steps: 10,
  start: (problem, settings) => {
    const times = Array.from({ length: settings.steps }, (_, i) => Math.fround(i / settings.steps));
    const half = 0.5 / settings.steps;
    return {
      times,
      step: async (index, x) => {
        const from = times[index] ?? 0;
        const { prediction: slope } = await predict(problem, settings, x, from);
        const middle = combined(1, x, half, slope);
        const { prediction: v } = await predict(problem, settings, middle, Math.fround(from + Math.fround(half)));
        return { x: combined(1, x, 1 / settings.steps, v), v };
      },
    };
  },
};
