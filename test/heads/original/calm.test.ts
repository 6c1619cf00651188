import { expect, it } from 'vitest';
import { calmMidpoint } from '../../../src/heads/original/calm-midpoint.ts';
import type { Evaluate } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';

const settings = {
  steps: 4,
  guidance: 1,
  imageGuidance: 1,
  normLimited: false,
  shift: 1,
  noiseLevel: 1,
  temperature: 1,
};

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
