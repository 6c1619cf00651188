import { describe, expect, it } from 'vitest';
import type { Evaluate, Settings } from '../../src/original/rule.ts';
import { sampleChain } from '../../src/original/sample-chain.ts';
import { originalRules } from '../../src/original/table.ts';
import { visitedSteps } from '../../src/original/vibevoice-dpmpp.ts';
import { stream } from '../../src/random/philox.ts';
import { relativeError } from '../eager.ts';
import { shown } from './golden-samples.ts';

const rule = originalRules.vibevoice['dpmpp-2m'];
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

/**
 * The same sampler from its definition in float64, one number at a time: ᾱ(t) of the squared cosine, data = α·x − σ·v,
 * x' = (σ'/σ)·x − α'·(e^{−h} − 1)·(D0 + D1/2) with D1 = (h/h_before)·(D0 − D0_before).
 */
function byDefinition(start: number, c: number, nothing: number, steps: number): number {
  const bar = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const alphaBar = (index: number): number => {
    let product = 1;
    for (let i = 0; i <= index; i++) product *= Math.max(bar((i + 1) / 1000) / bar(i / 1000), 0.001);
    return product;
  };
  const lambda = (a: number): number => Math.log(Math.sqrt(a) / Math.sqrt(1 - a));
  const nearest = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
  const at = Array.from({ length: steps }, (_, i) => nearest((999 * (steps - i)) / steps));
  let x = start;
  let before: { data: number; lambda: number } | undefined;
  for (const [i, t] of at.entries()) {
    const a = alphaBar(t);
    const guided = v(x, t, nothing) + settings.guidance * (v(x, t, c) - v(x, t, nothing));
    const data = Math.sqrt(a) * x - Math.sqrt(1 - a) * guided;
    const next = at[i + 1];
    if (next === undefined) return data;
    const b = alphaBar(next);
    const h = lambda(b) - lambda(a);
    const slope = before === undefined ? 0 : (h / (lambda(a) - before.lambda)) * (data - before.data);
    x = (Math.sqrt(1 - b) / Math.sqrt(1 - a)) * x - Math.sqrt(b) * (Math.exp(-h) - 1) * (data + slope / 2);
    before = { data, lambda: lambda(a) };
  }
  return x;
}

describe("VibeVoice's sampler, which was not yet compared with the original code", () => {
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
      return byDefinition(value, c[row] ?? 0, c[rows + row] ?? 0, steps);
    });
    const error = relativeError(states.at(-1) ?? [], expected);
    shown('vibevoice', `${steps} steps`, error);
    expect(error).toBeLessThan(1e-5);
  });
});
