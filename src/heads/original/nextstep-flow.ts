import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Chain, Rule } from './rule.ts';
import { closedGrid } from './shifted-grid.ts';

/** One step of a rule on the closed grid, from time `from` to `to`; `last` is the last grid time before 1. */
interface FlowStep {
  readonly from: number;
  readonly to: number;
  readonly last: number;
  readonly level: number;
  readonly x: Float64Array;
  readonly v: Float64Array;
  /** Ends of the straight path through x along v. */
  readonly noise: Float64Array;
  readonly data: Float64Array;
  readonly z: Float64Array;
}

/** A rule of NextStep-1's code that moves by the guided velocity over n shifted steps of [0, 1]. */
export const flowRule = (rule: Omit<Rule, 'start'>, move: (step: FlowStep) => Float64Array): Rule => ({
  ...rule,
  start: (problem, settings): Chain => {
    const grid = closedGrid(settings.steps, settings.shift);
    const times = grid.slice(0, -1);
    return {
      times,
      step: async (index, x, z) => {
        const [from, to, last] = [grid[index] ?? 0, grid[index + 1] ?? 1, times.at(-1) ?? 0];
        const { prediction: v } = await predict(problem, settings, x, from);
        const [noise, data] = [combined(1, x, -from, v), combined(1, x, 1 - from, v)];
        return { x: move({ from, to, last, level: settings.noiseLevel, x, v, noise, data, z }), v };
      },
    };
  },
});
