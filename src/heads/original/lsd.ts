import { layoutOf } from './guidance.ts';
import { combined, repeated } from './rows.ts';
import type { Problem, Rule, Settings } from './rule.ts';

/**
 * pocket-tts' decoding by its flow map: x += u(x, i/K, (i + 1)/K)/K from noise of variance `temperature`. Guidance acts
 * on the conditions before: null + g·(conditional − null).
 */
export const lsd: Rule = {
  title: "pocket-tts' flow-map steps",
  steps: 1,
  startScale: ({ temperature }) => Math.sqrt(temperature),
  start: (problem, settings) => {
    const { steps } = settings;
    const c = guidedConditions(problem, settings);
    const { rows, token } = problem;
    const starts = Array.from({ length: steps }, (_, i) => i / steps);
    const times = Array.from({ length: steps }, (_, i) => (i + 1) / steps);
    return {
      starts,
      times,
      facts: { c },
      step: async (index, x) => {
        const outputs = await problem.evaluate({
          x: { shape: [rows, token], data: Float32Array.from(x) },
          s: new Float32Array(rows).fill(starts[index] ?? 0),
          t: new Float32Array(rows).fill(times[index] ?? 1),
          c,
        });
        const v = Float64Array.from(outputs);
        return { x: combined(1, x, 1 / steps, v), v };
      },
    };
  },
};

/** The conditions [rows, H] that a decode sees: those given, or two groups mixed. */
export function guidedConditions({ conditions, rows }: Problem, settings: Settings): Problem['conditions'] {
  const [count = 0, width = 0] = conditions.shape;
  const { groups, stacked } = layoutOf(rows, count, settings);
  if (groups === 1) return conditions;
  const group = (index: number): Float64Array => {
    const size = conditions.data.length / groups;
    return Float64Array.from(conditions.data.subarray(index * size, (index + 1) * size));
  };
  const mixed = combined(settings.guidance, group(0), 1 - settings.guidance, group(1));
  const data = Float32Array.from(stacked ? repeated(mixed, groups) : mixed);
  return { shape: [data.length / width, width], data };
}
