import { eulerMaruyama } from './euler-maruyama.ts';
import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Rule } from './rule.ts';

/** Where the stochastic steps end, in float32 as the network reads it, and the length of the last step. */
const [END, LAST] = [Math.fround(0.96), 0.04];

/**
 * SphereAR's rule: n Euler–Maruyama steps over [0, 0.96], whose times are summed up in float32, and a last deterministic
 * step of 0.04; n + 1 evaluations.
 */
export const sphereEm: Rule = {
  title: "SphereAR's Euler–Maruyama",
  steps: 100,
  normals: (steps) => steps,
  start: (problem, settings) => {
    const length = 0.96 / settings.steps;
    const times = [0];
    while (times.length < settings.steps) times.push(Math.fround((times.at(-1) ?? 0) + Math.fround(length)));
    times.push(END);
    return {
      times,
      step: async (index, x, z) => {
        const from = times[index] ?? 0;
        const { prediction: v } = await predict(problem, settings, x, from);
        return { x: index < settings.steps ? eulerMaruyama(x, v, z, from, length) : combined(1, x, LAST, v), v };
      },
    };
  },
};
