import { describe, expect, it } from 'vitest';
import { stream } from '../../../src/ground/random/philox.ts';
import { ruleOf } from '../../../src/heads/family/rule-of.ts';
import { families, familyNames, trainedFamilyNames } from '../../../src/heads/family/table.ts';

describe.each(trainedFamilyNames())('the family %s', (name) => {
  const family = families[name];

  it('samples by the rule of its system unless told otherwise', () => {
    expect(ruleOf(name).name).toBe(family.official.rule);
    expect(() => ruleOf(name, 'none')).toThrow(`--solver: ${name} samples by ${family.official.rule}`);
  });

  it('is trained at times that its loss reads, in their unit', () => {
    const drawn = family.training?.times(stream('times'), 512, 1) ?? {};
    const [loss] = family.losses;
    for (const [time, unit] of Object.entries(loss?.times ?? {})) {
      const last = unit === 'unit' ? 1 : 999;
      const times = drawn[time] ?? new Float32Array([Number.NaN]);
      expect(times.every((value) => value >= 0 && value <= last && (unit === 'unit' || Number.isInteger(value)))).toBe(
        true,
      );
      expect(Math.max(...times)).toBeGreaterThan(0.9 * last);
    }
    expect(Object.keys(loss?.times ?? {}).length).toBeGreaterThan(0);
  });
});

describe.each(familyNames())('the family %s', (name) => {
  const family = families[name];

  it('bears marks that no other family has', () => {
    const others = familyNames()
      .filter((other) => other !== name)
      .flatMap((other) => families[other].marks);
    expect(family.marks.filter((mark) => others.includes(mark))).toEqual([]);
  });
});
