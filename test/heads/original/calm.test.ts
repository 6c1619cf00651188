import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmEuler } from '../../../src/heads/original/calm-euler.ts';
import { calmMidpoint } from '../../../src/heads/original/calm-midpoint.ts';
import type { Evaluate } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { type Goldens, goldenNetwork, goldens, rowError, shown } from './golden-samples.ts';

const settings = {
  steps: 4,
  guidance: 1,
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 1,
  temperature: 1,
};

/** Runs of the original code, with their steps. */
const runs = {
  mid20: { rule: calmMidpoint, steps: 10 },
  mid8: { rule: calmMidpoint, steps: 4 },
  mid2: { rule: calmMidpoint, steps: 1 },
  euler20: { rule: calmEuler, steps: 20 },
  euler5: { rule: calmEuler, steps: 5 },
  euler1: { rule: calmEuler, steps: 1 },
} as const;

describe.each(['a', 'b'])("the samplers of CALM's code, case %s", (golden) => {
  let network: Awaited<ReturnType<typeof goldenNetwork>>;
  let samples: Goldens;
  beforeAll(async () => {
    network = await goldenNetwork('calm-flow', golden);
    samples = await goldens('calm-flow', `${golden}.sample`);
  });
  afterAll(() => network.dispose());

  it.each(Object.entries(runs))('run %s through the same states', async (run, { rule, steps }) => {
    const x = samples.floats(`${run}.x`);
    const [, rows = 0, token = 0] = x.shape;
    const problem = { evaluate: network.evaluate, conditions: samples.floats(`${run}.c`), rows, token };
    const found = await sampleChain(rule, problem, { ...settings, steps }, { x: x.data.slice(0, rows * token) });
    const error = rowError(
      found.states.flatMap((state) => [...state]),
      x.data,
      token,
    );
    shown('calm', golden, run, error);
    expect(error).toBeLessThan(3e-6);
  });
});

it("CALM's midpoint is exact where the velocity is linear in time, at times that float32 holds", async () => {
  const asked: number[] = [];
  const evaluate: Evaluate = async ({ x, t, c }) => {
    asked.push(t[0] ?? Number.NaN);
    return x.data.map((_, i) => (c.data[i] ?? 0) + 2 * (t[i] ?? 0));
  };
  const problem = { evaluate, conditions: { shape: [2, 1], data: Float32Array.of(0.5, -1) }, rows: 2, token: 1 };
  const { states, steps, times } = await sampleChain(calmMidpoint, problem, settings, {
    x: Float32Array.of(1, 2),
  });
  expect(asked).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]);
  expect(times).toEqual([0, 0.25, 0.5, 0.75]);
  expect([...(states.at(-1) ?? [])]).toEqual([2.5, 2]); // x + c + t² at t = 1
  expect([...(steps[0]?.v ?? [])]).toEqual([0.75, -0.75]);
});

it("CALM's midpoint follows the second slope, as its definition says", async () => {
  const slope = (x: number): number => 0.8 * x - x ** 3;
  const evaluate: Evaluate = async ({ x }) => x.data.map(slope);
  const problem = { evaluate, conditions: { shape: [1, 1], data: Float32Array.of(0) }, rows: 1, token: 1 };
  const rule = calmMidpoint;
  const { states } = await sampleChain(rule, problem, settings, { x: Float32Array.of(0.5) });
  let x = 0.5;
  for (let i = 0; i < 4; i++) x += slope(x + slope(x) / 8) / 4;
  expect(states.at(-1)?.[0]).toBeCloseTo(x, 6);
});
