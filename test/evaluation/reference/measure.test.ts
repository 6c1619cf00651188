import { describe, expect, it } from 'vitest';
import { contextDistance, type MeasuredHead, measureHead } from '../../../src/evaluation/reference/measure.ts';
import type { EndpointReference } from '../../../src/evaluation/reference/read-reference.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { zeros } from '../../../src/heads/network/initial.ts';
import type { SolveInput } from '../../../src/teachers/solve/teacher-solver.ts';
import { tensor, tiny } from './written-reference.ts';

const { h = zeros([]), w = zeros([]), x0 = zeros([]), x1 = zeros([]), x1_b = zeros([]) } = tiny;
const small: EndpointReference = {
  path: 'tiny',
  ...{ contexts: 2, condition: 3, draws: 2, token: 1 },
  context: { conditional: h, unconditional: zeros([2, 3]), w },
  ...{ noise: x0, ends: x1, otherEnds: x1_b },
};

/** A head that ends where a function of noise and context says, row by row, and keeps how it was called. */
function headOf(end: (noise: number, row: number, input: SolveInput) => number) {
  const calls: (readonly number[])[] = [];
  let open = 0;
  const head: MeasuredHead<undefined> = {
    facts: undefined,
    open: async (draws) => {
      open++;
      return {
        nfe: 5,
        dispose: async () => void open--,
        run: async (input) => {
          calls.push([draws, ...input.noise.shape]);
          const size = input.noise.data.length / input.w.data.length;
          return { ...input.noise, data: input.noise.data.map((x, i) => end(x, Math.floor(i / size), input)) };
        },
      };
    },
  };
  return { head, calls, left: () => open };
}

describe('a head against a reference', () => {
  it('that stays where it starts is as far as the noise is', async () => {
    const { head, calls, left } = headOf((x) => x);
    const { nfe, energyDistance, dispersion, endpointError } = await measureHead(head, small, 'still');
    expect([nfe, energyDistance.value, energyDistance.standardError]).toEqual([5, -0.5, 0.5]);
    expect(energyDistance.low).toBeCloseTo(-0.5 - 0.5 * 12.7062, 3); // Student's t of one degree of freedom
    expect(energyDistance.high).toBeCloseTo(-0.5 + 0.5 * 12.7062, 3);
    expect(dispersion?.value).toBeCloseTo(2.5 / 4.5, 12); // variances 2 and 1/2 over 0 and 9/2
    expect(endpointError?.value).toBe((9 + 9 + 0 + 1) / 4);
    expect([calls, left()]).toEqual([[[2, 2, 2, 1]], 0]);
  });

  it('that ends where the reference does is at its floor', async () => {
    const { head } = headOf((x, row) => [x + 3, 2 * x][row] ?? 0);
    const { energyDistance, endpointError } = await measureHead(head, small, 'exact');
    expect(energyDistance).toEqual(contextDistance(x1, x1_b));
    expect([energyDistance.value, energyDistance.standardError]).toEqual([1.5, 2.5]);
    expect(endpointError).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('gets many draws a few contexts at a time, each with its own context', async () => {
    const [contexts, draws] = [5, 4097];
    const noise = { shape: [contexts, draws, 1], data: stream('many').normal(contexts * draws) };
    const context = { conditional: tensor([5, 1], 1, 2, 3, 4, 5), unconditional: tensor([5, 1], 10, 20, 30, 40, 50) };
    const scales = tensor([5], 100, 200, 300, 400, 500);
    const ends = { ...noise, data: noise.data.map((x, i) => x + 111 * (1 + Math.floor(i / draws))) };
    const { head, calls } = headOf(
      (x, row, { conditional, unconditional, w: scale }) =>
        x + (conditional.data[row] ?? 0) + (unconditional.data[row] ?? 0) + (scale.data[row] ?? 0),
    );
    const reference = { path: 'many', contexts, draws, condition: 1, token: 1, context: { ...context, w: scales } };
    const found = await measureHead(head, { ...reference, noise, ends, otherEnds: ends }, 'many');
    expect(calls).toEqual([3, 2].map((rows) => [draws, rows, draws, 1]));
    expect(found.endpointError?.value).toBeLessThan(1e-6);
  });

  it('whose ends are not finite is refused by name', async () => {
    const { head, left } = headOf((x) => (x === 2 ? Number.NaN : x));
    await expect(measureHead(head, small, 'wild, 2 steps')).rejects.toThrow(
      'wild, 2 steps: its ends from tiny: expected finite numbers, got NaN at element 1',
    );
    expect(left()).toBe(0);
  });
});

it('of one context there is no standard error', () => {
  const { value, ...others } = contextDistance(tensor([1, 2, 1], 0, 2), tensor([1, 2, 1], 5, 5));
  expect([value, others]).toEqual([2 * 4 - 2, { low: 6, high: 6 }]);
});
