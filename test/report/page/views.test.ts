import { describe, expect, it } from 'vitest';
import { views } from '../../../src/report/page/views.ts';
import { summarize } from '../../../src/report/summary.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

const entries = summarize(evaluationOf()).entries;
const viewOf = (key: string) => {
  const found = views.find((view) => view.key === key);
  if (found === undefined) throw new Error(`no view ${key}`);
  return found;
};

describe('rows are equal', () => {
  it('in steps and in forwards where they are the same', () => {
    for (const entry of entries) {
      expect(viewOf('steps').of(entry)).toBe(entry.steps);
      expect(viewOf('nfe').of(entry)).toBe(entry.nfe);
    }
  });

  it('in time where their medians lie between two ends that the title says, a factor of √2 apart', () => {
    const { of, title } = viewOf('time');
    const [entry] = entries;
    if (entry === undefined) throw new Error('the fixture has rows');
    const at = (milliseconds: number) =>
      of({ ...entry, speed: { latency: [{ batch: 1, calls: 1, p50: milliseconds, p90: 1, p99: 1 }] } });
    expect(at(1)).toBe(0);
    expect(at(1.4)).toBe(1);
    expect(at(1.42)).toBe(2);
    expect(at(0.49)).toBe(-2);
    expect(title(1)).toBe('1.00\u00a0ms to 1.41 a token');
    expect(of({ ...entry, speed: { latency: [] } })).toBeUndefined();
  });
});
