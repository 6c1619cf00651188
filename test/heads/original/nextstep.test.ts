import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleOf } from '../../../src/heads/family/rule-of.ts';
import type { Settings } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { relativeError } from '../../eager.ts';
import { type Goldens, goldenNetwork, goldens, shown } from './golden-samples.ts';

/** Case b's samples are too large for a fixture. */
const cases = process.env.FEWSTEP_GOLDENS === undefined ? ['a'] : ['a', 'b'];

const runs = {
  ode20: 'ode',
  ode20cfg: 'ode',
  ode20cfg2: 'ode',
  ode20shift: 'ode',
  ode4: 'ode',
  sde20: 'sde',
  sde20cfg: 'sde',
  cps20cfg: 'cps',
  em2025: 'em2025',
  em2025cfg: 'em2025',
  em11cfg: 'em11',
} as const;

const settings = (all: Goldens, run: string): Settings => ({
  steps: all.scalar(`${run}.num_sampling_steps`, 0),
  guidance: all.scalar(`${run}.cfg`, 1),
  imageGuidance: all.scalar(`${run}.cfg_img`, 1),
  normLimited: false,
  shift: all.scalar(`${run}.timesteps_shift`, 1),
  noiseLevel: all.scalar(`${run}.noise_level`, 0.8),
  temperature: 1,
});

describe.each(cases)("the samplers of NextStep-1's code, case %s", (golden) => {
  let network: Awaited<ReturnType<typeof goldenNetwork>>;
  let samples: Goldens;
  beforeAll(async () => {
    network = await goldenNetwork('nextstep', golden);
    samples = await goldens('nextstep', `${golden}.sample`);
  });
  afterAll(() => network.dispose());

  it.each(Object.entries(runs))('run %s as rule %s, with the same states, times and velocities', async (run, name) => {
    const x = samples.floats(`${run}.x`);
    const [, rows = 0, token = 0] = x.shape;
    const problem = { evaluate: network.evaluate, conditions: samples.floats(`${run}.c`), rows, token };
    const start = {
      x: x.data.slice(0, rows * token),
      ...(samples.tensors[`${run}.z`] && { z: samples.floats(`${run}.z`).data }),
    };
    const { states, steps, times } = await sampleChain(
      ruleOf('nextstep', name).rule,
      problem,
      settings(samples, run),
      start,
    );
    const errors = [
      relativeError(
        states.flatMap((state) => [...state]),
        x.data,
      ),
      relativeError(times, samples.floats(`${run}.t`).data),
      relativeError(
        steps.flatMap(({ v }) => [...(v ?? [])]),
        samples.floats(`${run}.v`).data,
      ),
    ];

    shown('nextstep', golden, run, ...errors);
    for (const error of errors) expect(error).toBeLessThan(1e-5);
  });
});
