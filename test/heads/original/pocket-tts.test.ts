import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { lsd } from '../../../src/heads/original/lsd.ts';
import { postprocessed } from '../../../src/heads/original/postprocessing.ts';
import type { Settings } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { relativeError } from '../../eager.ts';
import { type Goldens, goldenNetwork, goldens, shown } from './golden-samples.ts';

const settings = (all: Goldens, run: string, steps: number): Settings => ({
  steps,
  guidance: all.scalar(`${run}.cfg`, 1),
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 1,
  temperature: all.scalar(`${run}.temperature`, 1),
});

/** Conditional and null conditions, one group after the other. */
const stacked = (first: HostTensor<Float32Array>, second: HostTensor<Float32Array>): HostTensor<Float32Array> => ({
  shape: [(first.shape[0] ?? 0) * 2, first.shape[1] ?? 0],
  data: Float32Array.from([...first.data, ...second.data]),
});

describe.each(['a', 'b'])("the sampler of pocket-tts' code, case %s", (golden) => {
  let network: Awaited<ReturnType<typeof goldenNetwork>>;
  let samples: Goldens;
  beforeAll(async () => {
    network = await goldenNetwork('pocket-tts', golden);
    samples = await goldens('pocket-tts', `${golden}.sample`);
  });
  afterAll(() => network.dispose());

  it.each(['lsd1', 'lsd2', 'lsd4', 'lsd20', 'lsd1cfg', 'lsd4cfg'])('run %s', async (run) => {
    const x = samples.floats(`${run}.x`);
    const [states = 0, rows = 0, token = 0] = x.shape;
    const known = settings(samples, run, states - 1);
    const guided = run.endsWith('cfg');
    const conditions = guided
      ? stacked(samples.floats(`${run}.c_cond`), samples.floats(`${run}.c_null`))
      : samples.floats(`${run}.c`);
    const scale = lsd.startScale?.(known) ?? 1;
    const start = { x: samples.floats(`${run}.z`).data.map((value) => value * scale) };
    const found = await sampleChain(lsd, { evaluate: network.evaluate, conditions, rows, token }, known, start);
    const latents = postprocessed(found.states.at(-1) ?? new Float64Array(), token, {
      mean: samples.floats('emb_mean').data,
      std: samples.floats('emb_std').data,
    });
    const errors = [
      relativeError(
        found.states.flatMap((state) => [...state]),
        x.data,
      ),
      relativeError(
        found.steps.flatMap(({ v }) => [...(v ?? [])]),
        samples.floats(`${run}.v`).data,
      ),
      relativeError(found.facts.c?.data ?? [], samples.floats(`${run}.c`).data),
      relativeError(latents, samples.floats(`${run}.denorm`).data),
    ];
    shown('pocket-tts', golden, run, ...errors);
    for (const error of errors) expect(error).toBeLessThan(1e-5);
  });
});
