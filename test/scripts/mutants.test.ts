import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../scripts/mutants/coverage.ts';
import { mutationsOf, sampledMutations } from '../../scripts/mutants/generate.ts';
import { mutated } from '../../scripts/mutants/mutation.ts';
import { namedMutations, placed } from '../../scripts/mutants/named.ts';

describe('the mutations by hand', () => {
  it('are found exactly once in their files, and change them', () => {
    for (const mutation of namedMutations()) {
      const source = readFileSync(mutation.file, 'utf8');
      expect(mutated(source, mutation)).not.toBe(source);
    }
  });

  it('are refused where their text is gone or is there twice', () => {
    const base = { what: 'x', file: 'src/heads/solver/euler.ts', replacement: '' };
    expect(() => placed({ ...base, text: 'nowhere' })).toThrow('expected exactly once: nowhere');
    expect(() => placed({ ...base, text: 'tf' })).toThrow('src/heads/solver/euler.ts: expected exactly once: tf');
  });
});

describe('the generated mutations', () => {
  it('are of operators, functions, arguments and numbers, in the place where they stand', () => {
    const file = 'src/evaluation/stage/amdahl.ts';
    const source = readFileSync(file, 'utf8');
    const found = mutationsOf(file);
    for (const { start, text } of found) expect(source.slice(start, start + text.length)).toBe(text);
    expect(found.map(({ text, replacement }) => `${text} → ${replacement}`)).toEqual(
      expect.arrayContaining(['headTime / wholeTime → headTime * wholeTime', '1 - headShare → 1 + headShare']),
    );
  });

  it('are the same for the same seed', () => {
    const files = ['src/heads/flow.ts', 'src/heads/solver/heun.ts'];
    expect(sampledMutations(files, 5, 1)).toEqual(sampledMutations(files, 5, 1));
    expect(sampledMutations(files, 5, 1)).not.toEqual(sampledMutations(files, 5, 2));
  });
});

it('the tests that reach a file are asked in the order of their distance', () => {
  const testsOf = coverageOf([
    'test/heads/solver/solvers.test.ts',
    'test/heads/flow.test.ts',
    'test/evaluation/stage/latency.test.ts',
  ]);
  expect(testsOf('src/heads/flow.ts')).toEqual(['test/heads/flow.test.ts', 'test/heads/solver/solvers.test.ts']);
  expect(testsOf('src/evaluation/stage/latency.ts')).toEqual(['test/evaluation/stage/latency.test.ts']);
});
