import { compile } from '../../engine/compile.ts';
import type { Engine, TypedFunction } from '../../engine/graph/program.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { cacheShapes } from './cache.ts';
import type { BackboneConfig } from './config.ts';
import { decodeStep, prefill, prefillSpecs, stepSpecs } from './decode.ts';
import { type DrawInput, drawTokens, type RunningBackbone, type SampledTokens, type TokenHead } from './draw.ts';

/** The two programs that images are drawn with, for any batch: the prompt, and the next token; the weights are constants. */
export function backbonePrograms(config: BackboneConfig): Readonly<Record<'prefill' | 'step', TypedFunction>> {
  const outputs = ['hidden', ...Object.keys(cacheShapes(config))];
  return {
    prefill: { fn: (inputs) => prefill(inputs, config, inputs), specs: prefillSpecs(config), outputs },
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
