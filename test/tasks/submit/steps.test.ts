import { describe, expect, test } from 'vitest';
import { partsOf, stepsOf } from '../../../src/tasks/submit/steps.ts';
import { secondStudent, smallSubmission } from './submission.ts';

const shown = (submission: ReturnType<typeof smallSubmission>, concurrency = 1) =>
  stepsOf({ ...submission, concurrency }).map(
    ({ name, after, words, units }) =>
      `${name} < ${after.join(' ')}: ${words.join(' ').replaceAll(submission.path, 'RUN')}${units === undefined ? '' : ` × ${units}`}`,
  );

describe('the steps of a run', () => {
  test('wait for what they read; students that start from others come after these', () => {
    const submission = smallSubmission(secondStudent, 'seeds=[1, 2]');
    expect(shown(submission)).toMatchInlineSnapshot(`
      [
        "trajectories < : task RUN --kind trajectories × 6",
        "trajectories-complete < trajectories: trajectories RUN",
        "students-0 < trajectories-complete: task RUN --kind students --wave 0 × 2",
        "students-1 < students-0: task RUN --kind students --wave 1 × 2",
        "samples < students-1 trajectories-complete: task RUN --kind samples × 6",
        "metrics < samples: task RUN --kind metrics × 6",
        "report < metrics: run RUN",
      ]
    `);
  });

  test('have what a run may do, is prepared by, and does at a time in their words', () => {
    const submission = { ...smallSubmission(), prepares: true, allowCommand: true, plugins: ['--allow-plugins'] };
    expect(shown(submission, 4)).toMatchInlineSnapshot(`
      [
        "trajectories < : task RUN --kind trajectories --concurrency 4 --allow-plugins × 6",
        "trajectories-complete < trajectories: trajectories RUN --allow-plugins",
        "students < trajectories-complete: task RUN --kind students --concurrency 4 --allow-plugins × 1",
        "samples < students trajectories-complete: task RUN --kind samples --concurrency 4 --allow-plugins × 3",
        "metrics-prepare < samples: task RUN --kind metrics --prepare --allow-plugins",
        "metrics < metrics-prepare: task RUN --kind metrics --concurrency 4 --allow-plugins × 3",
        "report < metrics: run RUN --allow-command --allow-plugins",
      ]
    `);
  });
});

test('units are put into as many parts as they are, or into a thousand, or as is asked for', () => {
  expect(partsOf(1000, { concurrency: 1 })).toBe(1000);
  expect(partsOf(1001, { concurrency: 1 })).toBe(501);
  expect(partsOf(1_000_000, { concurrency: 1 })).toBe(1000);
  expect(partsOf(10, { concurrency: 4 })).toBe(3);
  expect(partsOf(10, { concurrency: 4, perJob: 10 })).toBe(1);
});
