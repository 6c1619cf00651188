import { describe, expect, test } from 'vitest';
import { compareSides, possibleSettings, relativeDifference } from '../../../bench/peers/compare.ts';
import type { Peer } from '../../../bench/peers/process.ts';
import type { Workload } from '../../../bench/peers/workload.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { CommandError } from '../../../src/ground/errors.ts';

const greeting = { torch: '2', capability: 'AVX2', compiler: 'c++' };

/** A peer that answers at once, and writes down what it was asked. */
function peerThat(check: Readonly<Record<string, readonly number[]>>, asked: string[]): Peer {
  return {
    greeting,
    id: process.pid,
    ask: (async (operation: string, { id = '', calls }: { id?: string; calls?: number } = {}) => {
      asked.push([operation, id, calls].filter(Boolean).join(' '));
      if (operation === 'time') return { seconds: new Array(calls).fill(1) };
      if (check[id] === undefined && operation === 'prepare') throw new CommandError(`no ${id}`);
      return { seconds: 0, check: check[id], choice: '' };
    }) as unknown as Peer['ask'],
    close: async () => {},
  };
}

const workloadThat = (run: () => void): Workload => ({
  name: 'work',
  request: { workload: 'solve' },
  open: async () => ({ check: [1, 2], run: async () => run(), dispose: async () => run() }),
});

const options = (settings: string[], notes: string[] = []) => ({
  ...{ rounds: 2, engine: cpuEngine(1), settings, folder: '/nowhere' },
  note: (text: string) => void notes.push(text),
});

describe('both sides', () => {
  test('take turns, every setting once a round', async () => {
    const asked: string[] = [];
    const peer = peerThat({ 'eager float32': [1, 2], 'eager bfloat16': [1.01, 2] }, asked);
    const { ours, theirs } = await compareSides(
      workloadThat(() => {
        if (asked.at(-1) !== 'ours') asked.push('ours');
      }),
      peer,
      options(['eager float32', 'eager bfloat16']),
    );
    const turn = ['ours', 'time eager float32 1', 'time eager bfloat16 1'];
    const warm = ['ours', 'time eager float32 3', 'time eager bfloat16 3'];
    const [, , ...later] = asked;
    expect(later.slice(0, 9)).toEqual([...warm, ...turn, ...turn]);
    expect(later.slice(-2)).toEqual(['ours', 'drop']);
    expect(ours).toHaveLength(2);
    expect(theirs).toEqual({ 'eager float32': [1, 1], 'eager bfloat16': [1, 1] });
  });

  test('must compute the same: float32 within a thousandth', async () => {
    const off = compareSides(
      workloadThat(() => {}),
      peerThat({ 'eager float32': [1, 2.01] }, []),
      options(['eager float32']),
    );
    await expect(off).rejects.toThrow('work, eager float32: both sides should compute the same, they differ by 5.0e-3');
  });

  test('go on without a setting that fails, and say so', async () => {
    const notes: string[] = [];
    const peer = peerThat({ 'eager float32': [1, 2] }, []);
    const { theirs } = await compareSides(
      workloadThat(() => {}),
      peer,
      options(['eager float32', 'compiled float32'], notes),
    );
    expect(Object.keys(theirs)).toEqual(['eager float32']);
    expect(notes.at(-1)).toBe('work, compiled float32: no compiled float32');
  });
});

test('settings are those that the machine has', () => {
  expect(possibleSettings({ greeting }, 'AVX2, AVX512, VNNI, BF16')).toHaveLength(4);
  expect(possibleSettings({ greeting }, 'AVX2')).toEqual(['eager float32', 'compiled float32']);
  expect(possibleSettings({ greeting: { ...greeting, compiler: null } }, 'AMX')).toEqual([
    'eager float32',
    'eager bfloat16',
  ]);
});

test('a difference is in units of the largest number, and NaN of what cannot be compared', () => {
  expect(relativeDifference([1, -4], [1, -3])).toBe(0.25);
  expect(relativeDifference([1, 2], [1])).toBeNaN();
  expect(relativeDifference([1], [Number.NaN])).toBeNaN();
});
