import { describe, expect, test } from 'vitest';
import { kindTimes, type MeasuredUnit } from '../../../src/tasks/simulate/kind-times.ts';

/** Units of one worker that follow one another. */
function inTurn(units: readonly (Pick<MeasuredUnit, 'seconds' | 'work'> & Partial<MeasuredUnit>)[]): MeasuredUnit[] {
  let since = 0;
  return units.map((unit, index) => {
    const placed = { id: `u${index}`, worker: 'a:1', since, ...unit };
    since += unit.seconds;
    return placed;
  });
}

describe('the times of a kind', () => {
  test('are those of its works: a line through what was measured', () => {
    const works = [10, 20, 40, 80, 10];
    const times = kindTimes(
      inTurn([{ seconds: 7, work: 10 }, ...works.map((work) => ({ seconds: 1 + 0.05 * work, work }))]),
    );
    expect(times.base).toBeCloseTo(1, 6);
    expect(times.each).toBeCloseTo(0.05, 6);
    expect(times.start).toBeCloseTo(7 - 1.5, 6); // what the first took more
    expect(times.units.get('u0')?.seconds).toBeCloseTo(1.5, 6);
    expect(times.units.get('u3')?.seconds).toBeCloseTo(3, 6);
  });

  test('keep the sum of what was measured, however it scatters', () => {
    const works = [10, 20, 40, 80, 10, 20, 40, 80];
    const units = inTurn(works.map((work, index) => ({ seconds: (1 + 0.1 * work) * (index % 3 === 0 ? 2 : 1), work })));
    const later = units.slice(1); // the first one has a start
    const { base, each } = kindTimes(units);
    const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
    expect(base).toBeGreaterThan(0);
    expect(sum(later.map(({ work }) => base + each * work))).toBeCloseTo(sum(later.map(({ seconds }) => seconds)), 6);
  });

  test('are proportional where the works are equal, or nothing else takes time', () => {
    const equal = kindTimes(inTurn([1, 2, 3, 2].map((seconds) => ({ seconds, work: 100 }))));
    expect([equal.base, equal.each]).toEqual([0, 7 / 300]);
    const line = inTurn([10, 10, 20, 40].map((work) => ({ seconds: 5 + work, work })));
    expect(kindTimes(line, { proportional: true }).base).toBe(0);
  });

  test('have a first unit for each unit at a time', () => {
    const two = [0, 0, 9, 9, 10, 10].map((since, index) => ({
      ...{ id: `u${index}`, worker: 'a:1', since, work: 1, seconds: since === 0 ? 9 : 1 },
    }));
    expect(kindTimes(two)).toMatchObject({ start: 8, each: 1 });
    const machines = two.slice(0, 4).map((unit, index) => ({ ...unit, worker: `${index % 2}:1` }));
    expect(kindTimes(machines)).toMatchObject({ start: 8, each: 1 });
  });

  test('tell no start where every unit was a first one', () => {
    expect(kindTimes(inTurn([{ seconds: 5, work: 1 }]))).toMatchObject({ start: 0, each: 5, measured: 1 });
  });

  test('leave out what outputs tell of a start, which every unit has', () => {
    const units = inTurn([
      { seconds: 12, work: 10, start: 2 },
      { seconds: 24, work: 20, start: 4 },
    ]);
    const times = kindTimes(units, { proportional: true });
    expect(times).toMatchObject({ start: 0, base: 3, each: 1 });
    expect(times.units.get('u1')?.seconds).toBe(3 + 20);
  });

  test('scatter at least as they were measured to, and more where they are few', () => {
    const seconds = [1, ...Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : Math.exp(0.4)))];
    const { spread } = kindTimes(inTurn(seconds.map((one) => ({ seconds: one, work: 1 }))));
    expect(spread).toBeGreaterThan(0.2);
    expect(spread).toBeLessThan(0.23);
    expect(kindTimes(inTurn([1, 1, 1].map((one) => ({ seconds: one, work: 1 })))).spread).toBe(0.1);
  });
});
