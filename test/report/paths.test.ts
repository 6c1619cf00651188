import { expect, it } from 'vitest';
import { pathsSentence } from '../../src/report/paths.ts';

const estimate = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 });

it('says how curved the teacher’s paths are and where most', () => {
  const sentence = pathsSentence({ paths: { energy: estimate(1.34), byInterval: [1.1, 0.9, 2.2, 1.16] } });
  expect(sentence).toContain('take 1.34 [1.32, 1.36] times the energy of straight ones');
  expect(sentence).toContain('2.20 times, from t = 0.500 to 0.750');
});

it('says that straight ones need one step, and nothing of what was not measured', () => {
  expect(pathsSentence({ paths: { energy: estimate(1), byInterval: [1, 1] } })).toContain('all but straight');
  expect(pathsSentence({})).toBe('');
});
