import { describe, expect, test } from 'vitest';
import { agenda } from '../../../src/tasks/simulate/agenda.ts';
import { chance, spreadOfSum } from '../../../src/tasks/simulate/chance.ts';
import { forecast, rangeOf, simulateRun } from '../../../src/tasks/simulate/forecast.ts';
import type { Cluster, SimulatedStage, SimulatedUnit, Workload } from '../../../src/tasks/simulate/model.ts';
import { simulateStage } from '../../../src/tasks/simulate/stage.ts';

const { POSITIVE_INFINITY: never } = Number;
const cluster = (rest: Partial<Cluster> = {}): Cluster => ({
  ...{ workers: 4, failures: 0, detection: 30, restart: 60, overhead: 0 },
  ...{ queueRate: never, bandwidth: never, hashRate: never, ...rest },
});
const unit = (rest: Partial<SimulatedUnit> = {}): SimulatedUnit => ({
  ...{ seconds: 3, spread: 0, count: 1, reads: 0, writes: 0, ...rest },
});
const stage = (units: SimulatedUnit[], rest: Partial<SimulatedStage> = {}): SimulatedStage => ({
  ...{ kind: 'trajectories', units, uncertainty: 0 },
  ...{ start: { seconds: 0, reads: 0 }, before: { seconds: 0, reads: 0 }, ...rest },
});
const equal = (count: number, rest: Partial<SimulatedUnit> = {}) => Array.from({ length: count }, () => unit(rest));
const run = (simulated: SimulatedStage, on: Partial<Cluster> = {}) =>
  simulateStage(simulated, cluster(on), chance('test', 1));
const workload = (...stages: SimulatedStage[]): Workload => ({ stages, afterwards: 0 });

describe('a simulated stage', () => {
  test('of n equal units on w workers takes ⌈n/w⌉ times one', () => {
    for (const [n, w] of [
      [1, 4],
      [4, 4],
      [5, 4],
      [103, 8],
    ] as const)
      expect(run(stage(equal(n)), { workers: w }).seconds).toBe(Math.ceil(n / w) * 3);
  });

  test('of a chain takes the sum of its units, whatever the workers', () => {
    const chain = [0, 1, 2].map((place) => unit(place === 0 ? {} : { needs: place - 1 }));
    expect(run(stage([...chain, unit({ seconds: 5 })])).seconds).toBe(9);
    expect(
      run(stage(chain.toReversed().map((_, place) => unit(place === 2 ? {} : { needs: place + 1 })))).seconds,
    ).toBe(9);
  });

  test('starts every worker once', () => {
    const outcome = run(stage(equal(6), { start: { seconds: 10, reads: 0 } }), { workers: 2 });
    expect(outcome).toMatchObject({ seconds: 10 + 3 * 3, busy: 2 * 10 + 6 * 3 });
  });

  test('waits for the coordinator, which reads and hashes', () => {
    const simulated = stage(equal(4), { before: { seconds: 2, reads: 100 } });
    expect(run(simulated, { bandwidth: 50, hashRate: 10 })).toMatchObject({
      seconds: 2 + 10 + 3,
      serial: 12,
      moved: 100,
    });
  });

  test('shares the store and the queue', () => {
    expect(run(stage(equal(4, { writes: 10 })), { bandwidth: 1 })).toMatchObject({ seconds: 3 + 40, moved: 40 });
    expect(run(stage(equal(4, { reads: 10 })), { bandwidth: 1 }).seconds).toBe(40 + 3);
    expect(run(stage(equal(8)), { queueRate: 0.5, workers: 8 }).seconds).toBe(8 / 0.5 + 3);
    expect(run(stage(equal(8)), { overhead: 1 }).seconds).toBe(2 * (3 + 1));
  });

  test('of rows of units takes what the units take', () => {
    const rows = equal(8, { count: 50, writes: 1 });
    expect(run(stage(rows), { workers: 4 })).toMatchObject({ seconds: 2 * 50 * 3, moved: 400 });
    expect(spreadOfSum(0.5, 1)).toBeCloseTo(0.5, 12);
    expect(spreadOfSum(0.01, 100)).toBeCloseTo(0.001, 6);
  });

  test('is longer where workers fail; work since the last checkpoint is redone', () => {
    const calm = run(stage(equal(400)));
    const failing = run(stage(equal(400)), { failures: 20 });
    expect(failing.seconds).toBeGreaterThan(calm.seconds);
    expect(failing.retries).toBeGreaterThan(0);
    expect(failing.busy - failing.redone).toBeCloseTo(calm.busy, 6); // none is lost, none counted twice
    const training = run(stage([unit({ seconds: 3600, keepsEvery: 10 })]), { failures: 20 });
    expect(training.redone).toBeLessThan(training.retries * 10);
    expect(run(stage([unit({ seconds: 36 })]), { failures: 20 }).retries).toBeLessThan(10);
    expect(() => run(stage([unit({ seconds: 1e6 })]), { failures: 100 })).toThrow(/--failures/);
  });

  test('starts a worker that failed anew', () => {
    const simulated = stage(equal(300), { start: { seconds: 20, reads: 0 } });
    const failing = run(simulated, { failures: 20, workers: 1, restart: 0, detection: 0 });
    expect(failing.retries).toBeGreaterThan(1);
    expect(failing.busy).toBeGreaterThan(300 * 3 + failing.redone + 20 * 1.5);
  });

  test('gives a unit on when its worker’s silence is noticed', () => {
    const one = run(stage([unit({ seconds: 600 })]), { failures: 6, workers: 1, restart: 0, detection: 5 });
    expect(one.retries).toBeGreaterThan(0);
    expect(one.seconds).toBeCloseTo(600 + one.redone + 5 * one.retries, 6);
  });
});

describe('a forecast', () => {
  const spread = workload(stage(equal(60, { spread: 0.5 })));

  test('is the same for a seed, and another for another', () => {
    const of = (seed: number) => forecast(spread, cluster({ failures: 1 }), { seed, runs: 20 });
    expect(of(1)).toEqual(of(1));
    expect(of(1).wall.median).not.toBe(of(2).wall.median);
  });

  test('has the mean that was given, whatever the spread, and an interval about its median', () => {
    const { wall, workerHours } = forecast(spread, cluster({ workers: 1 }), { runs: 200 });
    expect(wall.median / (60 * 3)).toBeCloseTo(1, 1);
    expect(wall.low).toBeLessThan(wall.median);
    expect(wall.high).toBeGreaterThan(wall.median);
    expect(wall.high / wall.low).toBeLessThan(1.5);
    expect(workerHours.median).toBeCloseTo(wall.median / 3600, 9);
    const unsure = forecast(workload(stage(equal(60), { uncertainty: 0.3 })), cluster(), { runs: 200 }).wall;
    expect(Math.log(unsure.high / unsure.low)).toBeCloseTo(2 * 1.645 * 0.3, 0);
  });

  test('adds the stages and what the coordinator does at the end', () => {
    const two = { stages: [stage(equal(4)), stage(equal(5), { kind: 'metrics' })], afterwards: 7 };
    expect(simulateRun(two, cluster(), chance('test')).seconds).toBe(3 + 6 + 7);
    const { idle, stages, limits } = forecast(two, cluster());
    expect(idle.median).toBeCloseTo(1 - (9 * 3) / (16 * 4), 9);
    expect(stages.map(({ units, seconds }) => [units, seconds.median])).toEqual([
      [4, 3],
      [5, 6],
    ]);
    expect(limits.coordinator).toBeCloseTo(7 / 16, 9);
    expect(Object.values(limits).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test('says what holds it up, and from how many workers on', () => {
    const saturation = (simulated: SimulatedStage, on: Partial<Cluster> = {}) =>
      forecast(workload(simulated), cluster(on), { runs: 20 }).saturatesFirst;
    const kind = 'trajectories';
    expect(saturation(stage(equal(100)))).toEqual({ kind, limit: 'longest unit', workers: 100 });
    expect(saturation(stage(equal(100, { writes: 1 })), { bandwidth: 4 })).toEqual({
      kind,
      limit: 'store',
      workers: 12,
    });
    expect(saturation(stage(equal(100)), { queueRate: 2 })).toEqual({ kind, limit: 'queue', workers: 6 });
    expect(saturation(stage(equal(100), { before: { seconds: 100, reads: 0 } }))).toEqual({
      limit: 'coordinator',
      workers: 3,
    });
    const students = stage([unit({ seconds: 90 }), unit({ seconds: 10 })], { kind: 'students' });
    expect(saturation(students)).toEqual({ kind: 'students', limit: 'longest unit', workers: 2 });
    expect(forecast(workload(students), cluster({ workers: 1 })).stages[0]?.limit).toBe('workers');
    expect(forecast(workload(students), cluster({ workers: 2 })).stages[0]?.limit).toBe('longest unit');
  });

  test('counts bytes that are kept and moved', () => {
    const { stored, moved } = forecast(workload(stage([unit({ count: 10, reads: 2, writes: 3 })])), cluster());
    expect([stored, moved.median]).toEqual([30, 50]);
  });
});

test('an agenda gives what comes first, and of one time what was added first', () => {
  const events = agenda<number>();
  const times = [5, 1, 3, 1, 4, 1, 5, 9, 2, 6];
  for (const [index, time] of times.entries()) events.add(time, index);
  const taken = times.map(() => events.next()?.entry);
  expect(taken).toEqual([1, 3, 5, 8, 2, 4, 0, 6, 9, 7]);
  expect(events.next()).toBeUndefined();
});

test('a range is the middle of numbers and where nine in ten of them are', () => {
  expect(rangeOf(Array.from({ length: 21 }, (_, i) => 20 - i))).toEqual({ median: 10, low: 1, high: 19 });
});
