import { describe, expect, it } from 'vitest';
import { floorSentence, floorTest, withinFloor } from '../../src/report/floor-test.ts';
import { summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const exact = (value: number) => ({ value, low: value, high: value });

const evaluation = evaluationOf();
const images = summarize(evaluation);
const tokens = summarize({
  ...evaluation,
  unit: 'tokens' as const,
  floors: { teacherTeacher: { fd: { value: 1, low: 0, high: 2 } } },
});

describe('the floor', () => {
  it('holds FD to the teacher against teacher against teacher, upper end included', () => {
    const { high } = evaluation.floors.teacherTeacher.fdToTeacher ?? exact(0);
    expect(withinFloor({ fdToTeacher: exact(high) }, images)).toBe(true);
    expect(withinFloor({ fdToTeacher: exact(high * 1.001) }, images)).toBe(false);
  });

  it('holds FD itself against it where there are no images, as it is to the teacher then', () => {
    expect(withinFloor({ fd: exact(2) }, tokens)).toBe(true);
    expect(withinFloor({ fd: exact(2.1) }, tokens)).toBe(false);
    expect(floorSentence(tokens)).toBe('Teacher–teacher floor of FD: 1.0 [0.0, 2.0].');
  });

  it('does not hold the distance to real images against a distance between teachers', () => {
    expect(floorTest(summarize({ ...tokens.evaluation, unit: 'images' }))).toBeUndefined();
  });

  it('says nothing where something was not measured', () => {
    expect(withinFloor({}, images)).toBeUndefined();
    expect(floorSentence(summarize({ ...evaluation, floors: { teacherTeacher: {} } }))).toBe('');
  });
});
