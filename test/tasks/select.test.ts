import { describe, expect, test } from 'vitest';
import { FileError, UsageError } from '../../src/ground/errors.ts';
import type { UnplacedPlan } from '../../src/tasks/plan.ts';
import { selectedUnits, wavesOf } from '../../src/tasks/select.ts';

const students = { kind: 'students' as const, after: [], writes: '{id}', units: ['a', 'b', 'c', 'd', 'e'] };
const needs = { b: 'a', c: 'b', e: 'd' };
const plan: UnplacedPlan = {
  ...{ format: 1, threads: 1, provider: 'cpu', mixed: false },
  groups: [
    { ...students, needs },
    { ...students, kind: 'samples', units: [] },
  ],
};

describe('units of a plan', () => {
  test('are all, one by its place, or every nth from a place on', () => {
    const units = (which: object) => selectedUnits(plan, { kind: 'students', ...which });
    expect(units({})).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(units({ index: 3 })).toEqual(['d']);
    const parts = [0, 1, 2].map((part) => units({ shard: { part, of: 3 } }));
    expect(parts).toEqual([['a', 'd'], ['b', 'e'], ['c']]);
    expect(units({ shard: { part: 6, of: 7 } })).toEqual([]);
  });

  test('of a wave start from those of the wave before, and are counted anew', () => {
    expect(wavesOf({ ...students, needs })).toEqual([['a', 'd'], ['b', 'e'], ['c']]);
    expect(selectedUnits(plan, { kind: 'students', wave: 1, shard: { part: 1, of: 2 } })).toEqual(['e']);
    expect(selectedUnits(plan, { kind: 'students', wave: 2, index: 0 })).toEqual(['c']);
  });

  test('that are not there are refused by what there is', () => {
    const select = (which: object) => () => selectedUnits(plan, { kind: 'students', ...which });
    expect(select({ index: 5 })).toThrow(new UsageError('--index: expected 0 to 4, got 5'));
    expect(select({ wave: 3 })).toThrow(new UsageError('--wave: expected 0 to 2, got 3'));
    expect(select({ kind: 'samples' })).toThrow(new UsageError('--kind samples: the run has none of it'));
    expect(() => wavesOf({ ...students, needs: { a: 'b', b: 'a' } })).toThrow(FileError);
  });
});
