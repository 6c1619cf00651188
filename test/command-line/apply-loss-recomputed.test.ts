import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../src/ground/host-tensor.ts';
import { stream } from '../../src/ground/random/philox.ts';
import { relativeError } from '../eager.ts';
import { calmRow, vibevoiceRow } from '../heads/network/float64-head.ts';
import { randomHead } from '../heads/network/random-head.ts';
import { shown } from '../heads/original/golden-samples.ts';
import { runFewstep } from './run-fewstep.ts';

let folder = '';
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-loss-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** √ᾱ and √(1 − ᾱ) of step t of the cosine process by its definition (the cap of 0.999 acts at the last step only). */
const shares = (t: number): readonly [number, number] => {
  const product = (at: number): number => Math.cos(((at + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  const bar = product((t + 1) / 1000) / product(0);
  return [Math.sqrt(bar), Math.sqrt(1 - bar)];
};

describe('apply --output loss recomputes in float64 what it could not be compared with the original code on', () => {
  it.each([
    {
      family: 'vibevoice',
      prefix: 'model.prediction_head.',
      config: { architecture: 'swiglu', token: 6, condition: 20, width: 24, hidden: 72, depth: 2, timeScale: 1 },
      row: vibevoiceRow,
      times: [0, 500, 990],
      state: shares,
      goal: ([signal, noise]: readonly number[], data: number, start: number) =>
        (signal ?? 0) * start - (noise ?? 0) * data,
    },
    {
      family: 'calm-flow',
      prefix: 'generative_head.net.',
      config: { token: 6, condition: 20, width: 24, depth: 2, timeScale: 1000, truncateTime: true },
      row: calmRow,
      times: [0, 0.3, 0.955],
      state: (t: number) => [t, 1 - t] as const,
      goal: (_: readonly number[], data: number, start: number) => data - start,
    },
  ] as const)('$family', async ({ family, prefix, config, row, times, state, goal }) => {
    const weights = randomHead(config);
    const renamed = Object.entries(weights).map(([name, tensor]) => [prefix + name, tensor] as const);
    await writeSafetensors(file('weights'), Object.fromEntries(renamed));
    await runFewstep('teacher', 'import', file('weights'), '--family', family, '--out', file(family));
    const random = stream('apply-loss', family);
    const normal = (width: number) => ({ shape: [3, width], data: random.normal(3 * width) });
    const [target, noise, c] = [normal(config.token), normal(config.token), normal(config.condition)];
    const given = { target, noise, c, t: { shape: [3], data: Float32Array.from(times) } };
    const mask = { shape: [3], data: Float32Array.of(1, 0, 1) };
    const inputs = Object.entries({ ...given, mask }).map(([name, tensor]) => [`in.${name}`, tensor] as const);
    await writeSafetensors(file('given'), Object.fromEntries(inputs));
    await runFewstep(...['apply', file(family), '--inputs', file('given'), '--out', file('out'), '--output', 'loss']);
    const found = await readSafetensors(file('out'));

    const part = ({ data }: HostTensor, width: number, i: number) => [...data.slice(i * width, (i + 1) * width)];
    const losses = ({ c: states, ...own }: Parameters): number[] =>
      times.map((t, i) => {
        const [data, start] = [part(target, config.token, i), part(noise, config.token, i)];
        const at = state(t);
        const x = data.map((value, d) => at[0] * value + at[1] * (start[d] ?? 0));
        const out = row(own, config, x, t, part(states as HostTensor, config.condition, i));
        const errors = out.map((value, d) => (value - goal(at, data[d] ?? 0, start[d] ?? 0)) ** 2);
        return errors.reduce((sum, value) => sum + value, 0) / config.token;
      });
    const all: Parameters = { ...weights, c };
    const exact = losses(all);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(relativeError(found['loss.per_sample']?.data ?? [], exact)).toBeLessThan(1e-5);
    expect(found['loss.mean']?.data[0]).toBeCloseTo(mean(exact), 4);
    expect(found['loss.masked']?.data[0]).toBeCloseTo(((exact[0] ?? 0) + (exact[2] ?? 0)) / 2, 4);

    let worst = 0;
    for (const [name, { shape, data }] of Object.entries(all)) {
      const gradient = found[name === 'c' ? 'grad.c' : `grad.${prefix}${name}`];
      expect(gradient?.shape, name).toEqual(shape);
      const sizes = Array.from(gradient?.data ?? [], Math.abs);
      const largest = Math.max(...sizes);
      const index = sizes.indexOf(largest);
      const moved = (by: number): number => {
        const numbers = Float64Array.from(data);
        numbers[index] = (numbers[index] ?? 0) + by;
        return mean(losses({ ...all, [name]: { shape, data: numbers as never } }));
      };
      const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      const error = Math.abs(difference - (gradient?.data[index] ?? Number.NaN)) / largest;
      expect(error, name).toBeLessThan(1e-4);
      worst = Math.max(worst, error);
    }
    shown('losses', family, worst);
    expect(Object.keys(found).length).toBe(Object.keys(all).length + 3);
  });
});
