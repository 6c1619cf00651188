import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { busyTicks, processTicks, quietRounds, takenByOthers, usageNow } from '../../../bench/peers/disturbance.ts';

test('processors are busy with everything but idling and waiting for disks', () => {
  expect(busyTicks('cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1 1 1 1')).toBe(87_600_321);
});

test("a process's ticks are found behind a name with brackets and spaces", () => {
  expect(processTicks('7 (a) b (c)) R 1 2 3 4 5 6 7 8 9 10 30 2 5 6')).toBe(32);
  expect(processTicks('7 (node) S 1 2 3 4 5 6 7 8 9 10 300 20 5 6')).toBe(320);
});

test('others took what was used and is not ours, as a share of all processors', () => {
  const cores = availableParallelism();
  const before = { wall: 10, all: 100, own: 50 };
  expect(takenByOthers(before, { wall: 14, all: 100 + 3 * cores, own: 50 + cores })).toBeCloseTo(0.5);
  expect(takenByOthers(before, { wall: 14, all: 101, own: 52 })).toBe(0);
  expect(takenByOthers(undefined, before)).toBe(0);
});

/** Rounds by what others take in each, numbered from 0. */
async function roundsOf(shares: readonly number[], wanted: number): Promise<number[]> {
  const cores = availableParallelism();
  const clock = { wall: 0, all: 0, own: 0 };
  let next = 0;
  const round = async (): Promise<number> => {
    clock.wall += 1;
    clock.all += (shares[next] ?? 0) * cores;
    return next++;
  };
  const found = await quietRounds(wanted, round, () => ({ ...clock }));
  return found.map(({ result }) => result);
}

test('disturbed rounds are done again', async () => {
  expect(await roundsOf([0.5, 0.01, 0.2, 0, 0], 2)).toEqual([1, 3]);
});

test('on a machine that is never quiet the least disturbed rounds count, in their order', async () => {
  expect(await roundsOf([0.5, 0.3, 0.9, 0.2, 0.8, 0.7], 2)).toEqual([1, 3]);
});

test('this process uses some time', () => {
  const usage = usageNow([process.pid]);
  if (usage !== undefined) expect(usage.own).toBeGreaterThan(0);
});
