import { describe, expect, test } from 'vitest';
import { complaint } from './resolving.ts';
import { smallRecipe } from './tables.ts';

describe('guidance and steps that change along an image', () => {
  const cases: [title: string, from: string, to: string, message: string][] = [
    [
      'another guidance outside the range',
      'samples: 64',
      'otherGuidance: [1, 3]',
      "x.yaml:15:22 evaluation.otherGuidance[1]: expected a number within the recipe's guidance (1 to 2), got 3",
    ],
    [
      'an interval upside down',
      '{ min: 1, max: 2 }',
      '{ min: 1, max: 2, interval: { from: 0.5, to: 0.5 } }',
      'x.yaml:4:56 guidance.interval.to: expected more than from (0.5), got 0.5',
    ],
    [
      'annealed steps without images',
      'samples: 64',
      'annealed: [{ from: 4, to: 1 }]',
      'x.yaml:15:13 evaluation.annealed: expected none with a gaussian teacher: without whole images a token has no place among others',
    ],
    [
      'a guidance schedule without images',
      'samples: 64',
      'guidanceSchedule: linear-mar',
      'x.yaml:15:21 evaluation.guidanceSchedule: expected none with a gaussian teacher: without whole images a token has no place among others',
    ],
  ];

  test.each(cases)('are refused with %s', (_, from, to, message) => {
    expect(smallRecipe).toContain(from);
    expect(complaint(smallRecipe.replace(from, to))).toBe(message);
  });

  const images = ['teacher={ kind: digits, path: x }', 'students[0].training.steps=9', 'evaluation.features=x'];
  const complaintOf = (guidance: string, schedule: string): string =>
    complaint(smallRecipe, [...images, `guidance=${guidance}`, `evaluation.guidanceSchedule=${schedule}`]);

  test('rise from no guidance, so that a recipe must begin there', () => {
    expect(complaintOf('{ min: 2, max: 3 }', 'linear-mar')).toContain(
      '--set evaluation.guidanceSchedule=linear-mar: expected constant, or a recipe whose guidance starts at 1, as linear-mar does, got a least scale of 2',
    );
    expect(complaintOf('{ min: 1, max: 3 }', 'linear-mar')).not.toContain('guidanceSchedule');
    expect(complaintOf('{ min: 2, max: 3 }', 'constant')).not.toContain('guidanceSchedule');
  });
});
