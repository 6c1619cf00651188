import { compile } from '../../engine/compile.ts';
import type { Engine, TypedFunction } from '../../engine/graph/program.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import type { BackboneConfig } from './config.ts';
import { decodeStep, promptProgram, stepSpecs } from './decode.ts';
import {
  type DrawInput,
  drawBy,
  drawTokens,
  type RunningBackbone,
  type SampledTokens,
  type TokenHead,
} from './draw.ts';
import { isStaged, stagedDecoder } from './staged.ts';

/** The two programs that images are drawn with, for any batch: the prompt, and the next token; the weights are constants. */
export function backbonePrograms(config: BackboneConfig): Readonly<Record<'prefill' | 'step', TypedFunction>> {
  const prompt = promptProgram(config);
  const { outputs } = prompt;
  return {
    prefill: prompt,
    step: { fn: (inputs) => decodeStep(inputs, config, inputs), specs: stepSpecs(config), outputs },
  };
}

/** A backbone ready to sample. */
export interface BackboneSampler {
  readonly sample: (input: DrawInput, head: TokenHead) => Promise<SampledTokens>;
  /** Frees the programs. */
  readonly dispose: () => Promise<void>;
}

/** Compiles the backbone's two programs once. */
export async function backboneSampler(
  parameters: Parameters,
  config: BackboneConfig,
  engine: Engine,
): Promise<BackboneSampler> {
  const programs = backbonePrograms(config);
  const compiled = ({ fn, specs }: TypedFunction) => compile(fn, specs, { engine, constants: parameters });
  const [prompt, next] = [await compiled(programs.prefill), await compiled(programs.step)];
  const running = {
    config,
    prefill: (feeds) => prompt.run(feeds),
    step: (feeds) => next.run(feeds),
  } satisfies RunningBackbone;
  return {
    sample: (input, head) => drawTokens(running, input, head),
    dispose: async () => {
      await prompt.dispose();
      await next.dispose();
    },
  };
}

/**
 * The same, twice as fast on a processor, where attention runs beside the programs and nothing of a token's past is copied;
 * its sums are in another order, so that hidden states differ by a few parts in ten million.
 */
export async function stagedSampler(
  parameters: Parameters,
  config: BackboneConfig,
  engine: Engine,
): Promise<BackboneSampler> {
  if (!isStaged(config, engine)) return backboneSampler(parameters, config, engine);
  const { begin, dispose } = await stagedDecoder(parameters, config, engine);
  return { sample: (input, head) => drawBy(config, begin, input, head), dispose };
}
