import type { NamedMutation } from '../named.ts';

/** Faults of the times that steps are taken at, and of their search. */
export const timesFaults: readonly NamedMutation[] = [
  {
    what: 'searched times take what is worse',
    file: 'src/heads/solver/search-times.ts',
    text: 'if (found < error)',
    replacement: 'if (found > error)',
  },
  {
    what: 'the search of times moves the last of them',
    file: 'src/heads/solver/search-times.ts',
    text: 'let i = 1; i < steps; i++',
    replacement: 'let i = 1; i <= steps; i++',
  },
  {
    what: 'the search of times goes on without end',
    file: 'src/heads/solver/search-times.ts',
    text: 'round < ROUNDS',
    replacement: 'round < 3 * ROUNDS',
  },
  {
    what: 'times are searched from the wrong noise',
    file: 'src/distillation/train/search-times.ts',
    text: '[statesAt(paths, 0), statesAt(paths, grid.length - 1)]',
    replacement: '[statesAt(paths, 0), statesAt(paths, grid.length - 2)]',
  },
  {
    what: 'times of a re-noising student are searched by pairs',
    file: 'src/distillation/train/search-times.ts',
    text: 'if (renoises) return',
    replacement: 'if (!renoises) return',
  },
  {
    what: 'the forwards of a search are not counted',
    file: 'src/distillation/train/student-job.ts',
    text: 'forwards + (found?.forwards ?? 0)',
    replacement: 'forwards',
  },
  {
    what: 'searched times are not written into the student',
    file: 'src/distillation/train/student-job.ts',
    text: 'found?.times ?? (given',
    replacement: '(given',
  },
  {
    what: 'a student’s own times may stand still',
    file: 'src/distillation/student/times.ts',
    text: 'Math.fround(time) > Math.fround(times[i - 1] ?? Number.NaN)',
    replacement: 'Math.fround(time) >= Math.fround(times[i - 1] ?? Number.NaN)',
  },
  {
    what: 'a student takes equal steps whatever its times',
    file: 'src/distillation/student/times.ts',
    text: 'ownTimes(student, steps) ?? uniformTimes(steps)',
    replacement: 'uniformTimes(steps)',
  },
  {
    what: 'a row says the times of another sampler',
    file: 'src/evaluation/stage/row-times.ts',
    text: 'found.sampler === sampler && ',
    replacement: '',
  },
  {
    what: 'the row of equal steps takes the student’s own times',
    file: 'src/evaluation/reference/student-rows.ts',
    text: '...(times && all && { times: all })',
    replacement: '...(all && { times: all })',
  },
  {
    what: 'the first noise is not scaled',
    file: 'src/distillation/student/sampler/sample.ts',
    text: 'let x = scaled(noise, 0);',
    replacement: 'let x = noise;',
  },
  {
    what: 'new noise takes the factor of the noise before it',
    file: 'src/distillation/student/sampler/sample.ts',
    text: 'scaled(z, i)',
    replacement: 'scaled(z, i - 1)',
  },
  {
    what: 'an applied student’s new noise takes the factor of the noise before it',
    file: 'src/distillation/apply/student.ts',
    text: 'rows * token), i + 1)',
    replacement: 'rows * token), i)',
  },
  {
    what: 'a trained student’s file has no factors on its noise',
    file: 'src/distillation/train/student-job.ts',
    text: '...(student.noiseScales && { noiseScales: { [sampler]: student.noiseScales } }),',
    replacement: '',
  },
  {
    what: 'the row of another sampler says the factors on the noise of the first',
    file: 'src/evaluation/stage/row-times.ts',
    text: 'sampler === methodNamed(method).sampler ? noiseScales?.[steps]',
    replacement: 'sampler !== undefined ? noiseScales?.[steps]',
  },
];
