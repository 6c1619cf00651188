import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stream } from '../../../src/ground/random/philox.ts';
import type { Evaluate, Settings } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { vibevoiceDpmpp as rule, vibevoiceSde, visitedSteps } from '../../../src/heads/original/vibevoice-dpmpp.ts';
import { relativeError } from '../../eager.ts';
import { dpmppByDefinition } from './float64-samplers.ts';
import { type Goldens, goldenNetwork, goldens, rowError, shown } from './golden-samples.ts';

const [rows, token] = [3, 4];
const settings: Settings = {
  steps: 20,
  guidance: 1.3,
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 1,
  temperature: 1,
};

/** A smooth stand-in for a network that predicts v. */
const v = (x: number, t: number, c: number): number => Math.tanh(0.7 * x + c) + 0.3 * Math.sin(t / 200);
const evaluate: Evaluate = async ({ x, t, c }) =>
  x.data.map((value, i) => v(value, t[Math.floor(i / token)] ?? 0, c.data[Math.floor(i / token)] ?? 0));

describe.each(['a', 'b'])("the samplers of VibeVoice's code, case %s", (golden) => {
  let network: Awaited<ReturnType<typeof goldenNetwork>>;
  let samples: Goldens;
  beforeAll(async () => {
    network = await goldenNetwork('vibevoice', golden);
    samples = await goldens('vibevoice', `${golden}.sample`);
  });
  afterAll(() => network.dispose());

  it.each([...['dpm20', 'dpm20cfg', 'dpm10cfg', 'dpm5cfg', 'dpm2cfg', 'dpm1cfg', 'sde10cfg', 'sde5cfg']])(
    'run %s through the same states',
    async (run) => {
      const x = samples.floats(`${run}.x`);
      const [states = 0, rows = 0, width = 0] = x.shape;
      const problem = { evaluate: network.evaluate, conditions: samples.floats(`${run}.c`), rows, token: width };
      const taken = { ...settings, steps: states - 1, guidance: samples.scalar(`${run}.cfg`, Number.NaN) };
      const z = samples.tensors[`${run}.z`] && samples.floats(`${run}.z`).data;
      const start = { x: x.data.slice(0, rows * width), ...(z && { z }) };
      const found = await sampleChain(run.startsWith('sde') ? vibevoiceSde : rule, problem, taken, start);
      expect(found.times).toEqual([...(samples.tensors[`${run}.t`]?.data ?? [])]);
      const seen = (name: 'v' | 'predictedData') => found.steps.flatMap((step) => [...(step[name] ?? [])]);
      const errors = [
        relativeError(
          found.states.flatMap((state) => [...state]),
          x.data,
        ),
        relativeError(seen('v'), samples.floats(`${run}.v`).data),
        relativeError(seen('predictedData'), samples.floats(`${run}.x0`).data),
      ];
      shown(
        'vibevoice',
        golden,
        run,
        ...errors,
        rowError(found.states.at(-1) ?? [], x.data.slice(-rows * width), width),
      );
      for (const error of errors) expect(error).toBeLessThan(3e-6);
    },
  );
});

describe("VibeVoice's sampler by its definition", () => {
  it('visits the steps of evenly spaced times, halves to the even one', () => {
    expect(visitedSteps(5)).toEqual([999, 799, 599, 400, 200]);
    expect(visitedSteps(2)).toEqual([999, 500]);
    expect(visitedSteps(1)).toEqual([999]);
    expect(() => visitedSteps(1000)).toThrow('expected 1 to 999, got 1000');
  });

  it.each([1, 2, 5, 20])('lands where its definition does in %i steps', async (steps) => {
    const x = stream('vibevoice', steps).normal(rows * token);
    const c = Float32Array.from([0.5, -0.2, 0.1, 0, 0.4, -0.6]);
    const problem = { evaluate, conditions: { shape: [2 * rows, 1], data: c }, rows, token };
    const { states } = await sampleChain(rule, problem, { ...settings, steps }, { x });
    const expected = Array.from(x, (value, i) => {
      const row = Math.floor(i / token);
      const [told = 0, untold = 0] = [c[row], c[rows + row]];
      const guided = (at: number, t: number): number => {
        const nothing = v(at, t, untold);
        return nothing + settings.guidance * (v(at, t, told) - nothing);
      };
      return dpmppByDefinition(([at = 0], t) => [guided(at, t)], [value], steps)[0] ?? Number.NaN;
    });
    const error = relativeError(states.at(-1) ?? [], expected);
    shown('vibevoice', `${steps} steps`, error);
    expect(error).toBeLessThan(1e-5);
  });
});
