import { UsageError } from '../../ground/errors.ts';
import { type GuidanceScheduleName, guidanceSchedules } from '../../heads/original/guidance-schedule.ts';
import { type Settings, usualSettings as usual } from '../../heads/original/rule.ts';
import type { Inputs } from './inputs.ts';

/** What the command line says of a run; what it leaves open is read from the inputs, else it is the usual. */
export interface ApplySettings {
  readonly solver?: string;
  readonly steps?: number;
  readonly skip?: number;
  readonly guidance?: number;
  readonly guidanceImage?: number;
  readonly guidanceSchedule?: GuidanceScheduleName;
  /** Tokens made and tokens in all, of guidance schedules. */
  readonly made?: number;
  readonly tokens?: number;
  readonly guidanceNorm?: boolean;
  readonly shift?: number;
  readonly noiseLevel?: number;
  readonly temperature?: number;
  /** Per-token LayerNorm on what was sampled. */
  readonly useNorm?: boolean;
  readonly seed: number;
}

/** Names under which inputs hold scalars. */
export const scalarNames = {
  steps: ['num_sampling_steps', 'num_inference_steps', 'steps'],
  guidance: ['cfg', 'cfg_scale', 'scale'],
  guidanceImage: ['cfg_img'],
  shift: ['timesteps_shift'],
  noiseLevel: ['noise_level'],
  temperature: ['temperature'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The settings of a rule: from the command line, else from the inputs' scalars by the goldens' names, else the usual. */
export function ruleSettings(options: ApplySettings, inputs: Inputs, steps: number): Settings {
  const [guidance, imageGuidance] = guidanceScales(options, inputs).map((scale) => scheduled(options, scale ?? 1));
  return {
    steps,
    guidance: guidance ?? usual.guidance,
    imageGuidance: imageGuidance ?? usual.imageGuidance,
    normLimited: options.guidanceNorm ?? usual.normLimited,
    shift: options.shift ?? inputs.scalar(...scalarNames.shift) ?? usual.shift,
    noiseLevel: options.noiseLevel ?? inputs.scalar(...scalarNames.noiseLevel) ?? usual.noiseLevel,
    temperature: options.temperature ?? inputs.scalar(...scalarNames.temperature) ?? usual.temperature,
  };
}

/** Guidance scales as they are given, if they are. */
export const guidanceScales = (options: ApplySettings, inputs: Inputs): [number | undefined, number | undefined] => [
  options.guidance ?? inputs.scalar(...scalarNames.guidance),
  options.guidanceImage ?? inputs.scalar(...scalarNames.guidanceImage),
];

/** A scale at the place in the generation that the options name. Throws UsageError when a schedule lacks its place. */
function scheduled({ guidanceSchedule = 'constant', made, tokens }: ApplySettings, scale: number): number {
  if (guidanceSchedule === 'constant') return scale;
  if (made === undefined || tokens === undefined || made > tokens)
    throw new UsageError(
      `--guidance-schedule ${guidanceSchedule}: expected --token <made>/<all>, such as --token 12/256`,
    );
  return guidanceSchedules[guidanceSchedule](scale, made, tokens);
}

/** Throws UsageError when conditions come in several groups and nothing says how strongly to mix them. */
export function needGuidance(groups: number, options: ApplySettings, inputs: Inputs): void {
  const [guidance, image] = guidanceScales(options, inputs);
  if (groups > 1 && guidance === undefined)
    throw new UsageError(`c holds ${groups} groups: expected --guidance <scale>`);
  if (groups > 2 && image === undefined)
    throw new UsageError(`c holds ${groups} groups: expected --guidance-image <scale>`);
}
