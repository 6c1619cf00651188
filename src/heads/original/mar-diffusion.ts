import { type DdpmSchedule, respaced, respacedSteps } from './ddpm-schedule.ts';
import { predict } from './guidance.ts';
import { combined } from './rows.ts';
import type { Chain, Rule, Settings, Stepped } from './rule.ts';

/** A step of a respaced process back from index `i`, at states x with the network's guided noise and its variances. */
export interface DiffusionStep {
  readonly i: number;
  readonly schedule: DdpmSchedule;
  readonly x: Float64Array;
  readonly noise: Float64Array;
  /** Where the variance lies between its bounds: −1 the posterior's, 1 β. */
  readonly variance: Float64Array;
  readonly predictedData: Float64Array;
  readonly z: Float64Array;
  readonly temperature: number;
}

/** ᾱ before index i; 1 before the first. */
export const alphaBarBefore = ({ alphaBars }: DdpmSchedule, i: number): number => (i > 0 ? (alphaBars[i - 1] ?? 1) : 1);

/** A rule over a respaced cosine process whose network predicts noise and variance: MAR's (arXiv 2406.11838). */
export const diffusionRule = (rule: Omit<Rule, 'start'>, move: (step: DiffusionStep) => Stepped): Rule => ({
  ...rule,
  start: (problem, settings: Settings): Chain => {
    const kept = respacedSteps(settings.steps);
    const schedule = respaced(kept);
    return {
      times: Array.from(kept).reverse(),
      facts: {
        timestep_map: { shape: [kept.length], data: kept },
        betas: { shape: [kept.length], data: Float32Array.from(schedule.betas) },
        alphas_cumprod: { shape: [kept.length], data: Float32Array.from(schedule.alphaBars) },
      },
      step: async (index, x, z) => {
        const i = kept.length - 1 - index;
        const { prediction, rest } = await predict(problem, { ...settings, normLimited: false }, x, kept[i] ?? 0);
        const alphaBar = schedule.alphaBars[i] ?? 1;
        const predictedData = combined(1 / Math.sqrt(alphaBar), x, -Math.sqrt(1 / alphaBar - 1), prediction);
        const { temperature } = settings;
        return move({ i, schedule, x, noise: prediction, variance: rest, predictedData, z, temperature });
      },
    };
  },
});
