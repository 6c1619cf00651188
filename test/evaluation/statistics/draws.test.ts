import { describe, expect, it } from 'vitest';
import { blankContexts, dispersionRatio } from '../../../src/evaluation/statistics/dispersion.ts';
import type { Draws } from '../../../src/evaluation/statistics/draws.ts';
import { endpointError } from '../../../src/evaluation/statistics/endpoint-error.ts';
import { energyDistance, energyDistances } from '../../../src/evaluation/statistics/energy-distance.ts';
import { estimate } from '../../../src/evaluation/statistics/interval.ts';
import { checkRows, pickRows, rowsOfDraws } from '../../../src/evaluation/statistics/rows.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const draws = (...contexts: readonly (readonly number[])[]): Draws => ({
  shape: [contexts.length, contexts[0]?.length ?? 0, 1],
  data: Float32Array.from(contexts.flat()),
});
const normalDraws = (key: string, scale: number): Draws => ({
  shape: [60, 16, 3],
  data: stream('draws', key)
    .normal(60 * 16 * 3)
    .map((value, i) => scale * value + Math.floor(i / 48)),
});
const fixture = async (name: string): Promise<Draws> => {
  const tensors = await readSafetensors('test/evaluation/statistics/fixture/mixture-draws.safetensors');
  return tensors[name] as Draws;
};
const ratio = (a: Draws, b: Draws, leaveOut?: readonly boolean[]) => {
  const replicates = dispersionRatio(a, b, leaveOut && { leaveOut });
  return replicates && estimate(replicates);
};

describe('the conditional energy distance', () => {
  it('is computed in each context', () => {
    // first: 2·1 − 2 − 0; second: 2·(1 + 3 + 2 + 0)/4 − 1 − 3
    expect([...energyDistances(draws([0, 2], [0, 1]), draws([1, 1], [1, -2]))]).toEqual([0, 2 * 1.5 - 1 - 3]);
  });

  it('agrees with brute force on a mixture’s draws', async () => {
    const { value, low, high } = energyDistance(await fixture('x1'), await fixture('x1_b'));
    expect(value).toBeCloseTo(-0.01394952471395916, 6);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(value);
  });

  it('is far from zero where the draws are of other contexts', async () => {
    const one = await fixture('x1');
    const half = one.data.length / 2;
    const swapped = {
      shape: one.shape,
      data: Float32Array.of(...one.data.subarray(half), ...one.data.subarray(0, half)),
    };
    expect(energyDistance(swapped, await fixture('x1_b')).low).toBeGreaterThan(0.1);
  });

  it.each([
    ['one draw', draws([1], [2]), draws([1], [2])],
    ['other contexts', draws([1, 2]), draws([1, 2], [3, 4])],
    ['NaN', draws([1, Number.NaN]), draws([1, 2])],
    ['other dimensions', draws([1, 2], [3, 4]), { shape: [2, 2, 2], data: new Float32Array(8) }],
    ['another rank', { shape: [2, 2, 1, 1], data: new Float32Array(4) }, draws([1, 2], [3, 4])],
    ['no contexts', { shape: [0, 2, 1], data: new Float32Array() }, { shape: [0, 2, 1], data: new Float32Array() }],
    ['no dimensions', { shape: [2, 2, 0], data: new Float32Array() }, { shape: [2, 2, 0], data: new Float32Array() }],
    ['numbers that are missing', { shape: [2, 2, 1], data: new Float32Array(3) }, draws([1, 2], [3, 4])],
  ])('refuses %s', (_, a, b) => {
    expect(() => energyDistance(a, b)).toThrow(DataError);
  });
});

describe('the dispersion ratio', () => {
  it('is a ratio of summed variances', () => {
    expect(ratio(draws([0, 2], [5, 5], [1, 2]), draws([0, 4], [5, 5], [0, 2]))?.value).toBeCloseTo(2.5 / 10, 10);
  });

  it('knows by how much it changes without a context', () => {
    const [mine, other] = [
      [2, 0.5, 6, 1],
      [1, 3, 4, 2],
    ];
    // two draws √(2v) apart have the variance v
    const withVariances = (list: readonly number[]): Draws => draws(...list.map((v) => [0, Math.sqrt(2 * v)]));
    const without = (place: number): number => {
      const sum = (list: readonly number[]) => list.reduce((all, v, i) => all + (i === place ? 0 : v), 0);
      return sum(mine) / sum(other);
    };
    const [influences] = dispersionRatio(withVariances(mine), withVariances(other))?.influences ?? [];
    expect(influences).toHaveLength(4);
    for (const [place, influence] of [...(influences ?? [])].entries())
      expect(influence).toBeCloseTo((3 / 4) * (without(-1) - without(place)), 6);
  });

  it('has an interval where one context holds all the reference’s spread', () => {
    const { value = 0, low = 0, high = 0 } = ratio(draws([0, 2], [0, 1], [3, 3]), draws([0, 4], [5, 5], [3, 3])) ?? {};
    expect(value).toBeCloseTo(2.5 / 8, 10);
    // influences ⅔·(2 − value·8, ½, 0)/(8/3, 8, 8)
    expect(low).toBe(0);
    expect(Number.isFinite(high) && high > value).toBe(true);
  });

  it('is of unbiased variances: the numbers of draws need not be equal', () => {
    // Σ (x − mean)²/(S − 1): 2 of two draws and 1 of three, in both contexts
    expect(ratio(draws([0, 2], [3, 5]), draws([0, 1, 2], [7, 8, 9]))?.value).toBeCloseTo(2, 10);
  });

  it('agrees with brute force on a mixture’s draws', async () => {
    expect(ratio(await fixture('x1'), await fixture('x1_b'))?.value).toBeCloseTo(0.993620062284536, 6);
  });

  it('needs two draws of a context', () => {
    expect(() => ratio(draws([1], [2]), draws([1, 2], [3, 4]))).toThrow(DataError);
  });

  it('of draws half as wide is a quarter', () => {
    const shrunk = ratio(normalDraws('a', 0.5), normalDraws('b', 1));
    expect(shrunk?.low).toBeLessThan(0.25);
    expect(shrunk?.high).toBeGreaterThan(0.25);
    expect(shrunk?.high).toBeLessThan(0.3);
  });

  it('moves with a context by what it adds to either sum', () => {
    // variances 2 and 8 over 2 and 2: (2 − 2.5·2)/4 and (8 − 2.5·2)/4
    const expansion = dispersionRatio(draws([0, 2], [0, 4]), draws([0, 2], [0, 2]));
    expect(expansion?.value).toBeCloseTo(2.5, 12);
    expect(expansion?.influences.map((list) => [...list])).toEqual([[-0.75, 0.75]]);
    expect([expansion?.bias, expansion?.interactions.length, expansion?.least]).toEqual([0, 0, 0]);
  });

  it('leaves contexts out', () => {
    const [a, b] = [draws([0, 2], [0, 100], [1, 2]), draws([0, 4], [0, 1], [0, 2])];
    expect(ratio(a, b, [false, true, false])?.value).toBeCloseTo(0.25, 10);
  });

  it.each([
    ['no spread', draws([0, 1], [0, 1]), draws([1, 1], [2, 2]), undefined],
    ['one context left', draws([0, 1], [0, 1]), draws([0, 1], [2, 3]), [true, false]],
  ])('is undefined with %s', (_, a, b, leaveOut) => {
    expect(ratio(a, b, leaveOut)).toBeUndefined();
  });

  it('knows a context as blank when all its draws are', () => {
    const blank = { value: Float32Array.of(-1), tolerance: Float32Array.of(0.1) };
    expect(blankContexts(draws([-1, -1.05], [-1, 0], [0.5, 1]), blank)).toEqual([true, false, false]);
  });
});

describe('the error of end points', () => {
  it('is the mean squared distance of pairs', () => {
    const one: Draws = { shape: [2, 2, 2], data: Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3) };
    const other: Draws = { shape: [2, 2, 2], data: Float32Array.of(3, 4, 1, 1, 2, 2, 3, 4) };
    const { value, low, high } = endpointError(one, other);
    expect(value).toBe((25 + 0 + 0 + 1) / 4);
    expect([low, high]).toEqual([0, expect.closeTo(6.5 + 12.7062 * 6, 2)]); // Student's, of two contexts
  });

  it('agrees with brute force on a mixture’s draws', async () => {
    expect(endpointError(await fixture('x1'), await fixture('x1_b')).value).toBeCloseTo(15.577462317790559, 4);
  });

  it('refuses draws without a partner', () => {
    expect(() => endpointError(draws([1, 2]), draws([1, 2, 3]))).toThrow(DataError);
  });
});

describe('rows', () => {
  it.each([
    ['none', [0, 2], 0],
    ['no columns', [2, 0], 0],
    ['one short', [2, 2], 3],
    ['another rank', [2, 1, 1], 2],
  ])('are refused: %s', (_, shape, count) => {
    expect(() => checkRows({ shape, data: new Float32Array(count) }, 'features')).toThrow(
      `features: expected rows [N, D], got [${shape.join(', ')}] with ${count} values`,
    );
  });

  it('may be one of one column', () => {
    expect(checkRows({ shape: [1, 1], data: Float32Array.of(3) }, 'features')).toEqual({ count: 1, size: 1 });
  });

  it('are picked by their places, in that order', () => {
    const rows = { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    expect(pickRows(rows, Int32Array.of(2, 0, 2))).toEqual({ shape: [3, 2], data: Float32Array.of(5, 6, 1, 2, 5, 6) });
  });
});

it('draws are rows, context by context', () => {
  const tensor: Draws = { shape: [2, 3, 4], data: new Float32Array(24) };
  expect(rowsOfDraws(tensor).shape).toEqual([6, 4]);
});
