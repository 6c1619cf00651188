import { describe, expect, it } from 'vitest';
import { amdahl } from '../../../src/evaluation/stage/amdahl.ts';
import { measureLatency } from '../../../src/evaluation/stage/latency.ts';
import { DataError } from '../../../src/ground/errors.ts';

describe('latency', () => {
  it('is the quantiles of the calls after warm-up', async () => {
    let clock = 0;
    let calls = 0;
    const call = async () => {
      calls++;
      clock += calls <= 3 ? 1000 : calls - 3; // warm-up, then 1 … 11 ms
    };
    const latency = await measureLatency(call, { batch: 16, calls: 11, warmup: 3, now: () => clock });
    expect(latency).toEqual({ batch: 16, calls: 11, p50: 6, p90: 10, p99: 10.9 });
    expect(calls).toBe(14);
  });

  it('is of a hundred calls after ten unless more is asked for', async () => {
    let made = 0;
    const { calls } = await measureLatency(
      async () => {
        made++;
      },
      { batch: 1 },
    );
    expect([calls, made]).toEqual([100, 110]);
  });
});

describe('Amdahl’s limit', () => {
  it.each([
    [1, 4, { headShare: 0.25, amdahlLimit: 4 / 3 }],
    [0, 4, { headShare: 0, amdahlLimit: 1 }],
    [4, 4, { headShare: 1 }],
  ])('of %i in %i', (head, whole, expected) => {
    expect(amdahl(head, whole)).toEqual(expected);
  });

  it('refuses times that cannot be', () => {
    expect(() => amdahl(5, 4)).toThrow(DataError);
    expect(() => amdahl(0, 0)).toThrow(DataError);
    expect(() => amdahl(Number.NaN, 1)).toThrow(DataError);
  });
});
