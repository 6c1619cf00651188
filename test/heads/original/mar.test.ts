import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosineBetas } from '../../../src/heads/network/ddpm-process.ts';
import { respaced, respacedSteps } from '../../../src/heads/original/ddpm-schedule.ts';
import { marDdim as ddim } from '../../../src/heads/original/mar-ddim.ts';
import { marDdpm as ddpm } from '../../../src/heads/original/mar-ddpm.ts';
import type { Problem, Settings } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { relativeError } from '../../eager.ts';
import { type Goldens, goldenNetwork, goldens, rowError, shown } from './golden-samples.ts';

/** Runs, with the steps of the respaced process and how many of its first are left out. */
const runs = {
  ddpm20: { rule: ddpm, steps: 20, skip: 0 },
  ddpm20cfg: { rule: ddpm, steps: 20, skip: 0 },
  ddpm100: { rule: ddpm, steps: 100, skip: 0 },
  ddim20: { rule: ddim, steps: 20, skip: 0 },
  ddim20cfg: { rule: ddim, steps: 20, skip: 0 },
  part_ddpm: { rule: ddpm, steps: 20, skip: 5 },
  part_ddpm_cfg: { rule: ddpm, steps: 20, skip: 5 },
  part_ddim_cfg: { rule: ddim, steps: 20, skip: 5 },
} as const;

const settings = (all: Goldens, run: string, steps: number): Settings => ({
  steps,
  guidance: all.scalar(`${run}.cfg`, 1),
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 1,
  temperature: all.scalar(`${run}.temperature`, 1),
});

it('respaces the cosine process as the original code does', async () => {
  const [io, samples] = [await goldens('mar', 'a.io'), await goldens('mar', 'a.sample')];
  expect(relativeError(cosineBetas(1000), io.floats('schedule.betas').data)).toBeLessThan(1e-7);
  for (const [run, steps] of [
    ['ddpm20', 20],
    ['ddpm100', 100],
  ] as const) {
    const kept = respacedSteps(steps);
    expect([...kept]).toEqual([...(samples.tensors[`${run}.timestep_map`]?.data ?? [])]);
    const { betas, alphaBars } = respaced(kept);
    expect(rowError(betas, samples.floats(`${run}.betas`).data, 1)).toBeLessThan(1e-6);
    expect(rowError(alphaBars, samples.floats(`${run}.alphas_cumprod`).data, 1)).toBeLessThan(1e-6);
  }
  expect([...respacedSteps(1)]).toEqual([0]);
  expect([...respacedSteps(2)]).toEqual([0, 999]);
});

describe.each(['a', 'b'])("the samplers of MAR's code, case %s", (golden) => {
  let network: Awaited<ReturnType<typeof goldenNetwork>>;
  let samples: Goldens;
  beforeAll(async () => {
    network = await goldenNetwork('mar', golden);
    samples = await goldens('mar', `${golden}.sample`);
  });
  afterAll(() => network.dispose());

  const problemOf = (run: string, rows: number): Problem => ({
    evaluate: network.evaluate,
    conditions: samples.floats(`${run}.c`),
    rows,
    token: network.token,
  });

  it.each(Object.entries(runs))('run %s through the same states', async (run, { rule, steps, skip }) => {
    const x = samples.floats(`${run}.x`);
    const [, rows = 0, token = 0] = x.shape;
    const z = samples.tensors[`${run}.z`] && samples.floats(`${run}.z`).data;
    const start = { x: x.data.slice(0, rows * token), skip, ...(z && { z }) };
    const found = await sampleChain(rule, problemOf(run, rows), settings(samples, run, steps), start);
    const error = rowError(
      found.states.flatMap((state) => [...state]),
      x.data,
      token,
    );
    shown('mar', golden, run, error);
    expect(error).toBeLessThan(1e-5);
    const predicted = samples.tensors[`${run}.pred_x0`]?.data;
    if (predicted === undefined) return;
    const own = found.steps.flatMap(({ predictedData }) => [...(predictedData ?? [])]);
    expect(rowError(own, predicted, token)).toBeLessThan(1e-5);
  });

  it('takes the same single steps at natural scale', async () => {
    const x = samples.floats('step.x');
    const [steps = 0, rows = 0, token = 0] = x.shape;
    const size = rows * token;
    const at = (name: string, i: number): Float64Array =>
      Float64Array.from(samples.floats(`step.${name}`).data.subarray(i * size, (i + 1) * size));
    for (const [name, rule] of Object.entries({ ddpm, ddim })) {
      const chain = rule.start(problemOf('step', rows), settings(samples, 'step', steps));
      for (let i = 0; i < steps; i++) {
        const found = await chain.step(steps - 1 - i, at('x', i), at('z', i));
        const errors = [
          relativeError(found.x, at(`${name}_out`, i)),
          relativeError(found.predictedData ?? [], at('pred_x0', i)),
        ];
        if (found.mean) errors.push(relativeError(found.mean, at('mean', i)));
        if (found.logVariance) errors.push(relativeError(found.logVariance, at('log_variance', i)));
        shown('mar', golden, `step ${name} ${i}`, ...errors);
        for (const error of errors) expect(error).toBeLessThan(1e-5);
      }
    }
  });

  it('guides with conditions in groups as it does with repeated states', async () => {
    const x = samples.floats('ddim20cfg.x');
    const [, rows = 0, token = 0] = x.shape;
    const start = { x: x.data.slice(0, (rows / 2) * token) };
    const found = await sampleChain(ddim, problemOf('ddim20cfg', rows / 2), settings(samples, 'ddim20cfg', 20), start);
    const last = x.data.slice(-rows * token, (-rows * token) / 2);
    expect(rowError(found.states.at(-1) ?? [], last, token)).toBeLessThan(1e-5);
  });
});
