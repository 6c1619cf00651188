import type { NamedMutation } from '../named.ts';

/** Faults of the user's own closed loop: what runs, what it is held to, and what is not run again. */
export const commandFaults: readonly NamedMutation[] = [
  {
    what: 'the floor over seeds is as narrow as the interval of one mean',
    file: 'src/evaluation/command/over-seeds.ts',
    text: 'around(found, Math.SQRT2)',
    replacement: 'around(found, 1)',
  },
  {
    what: 'intervals that numbers came with are forgotten',
    file: 'src/evaluation/command/over-seeds.ts',
    text: 'high: value + factor * Math.max(reach, own[1])',
    replacement: 'high: value + factor * reach',
  },
  {
    what: 'a row that is better than its floor’s lower end is within it',
    file: 'src/evaluation/command/of-metrics.ts',
    text: 'floor.low <= own.value && ',
    replacement: '',
  },
  {
    what: 'students are compared with the teacher’s set of their own seed',
    file: 'src/evaluation/command/measured-sets.ts',
    text: '{ features: set, real: other }',
    replacement: '{ features: set, real: own }',
  },
  {
    what: 'tokens of one sample are independent',
    file: 'src/evaluation/command/measured-sets.ts',
    text: 'prepareRows(rows, together)',
    replacement: 'prepareRows(rows, 1)',
  },
  {
    what: 'sets of any size are compared',
    file: 'src/evaluation/command/measured-sets.ts',
    text: 'if (own !== wanted)',
    replacement: 'if (own === undefined)',
  },
  {
    what: 'the run of another head is taken for this one’s',
    file: 'src/evaluation/command/made-runs.ts',
    text: 'return made.origin === origin ? made : undefined;',
    replacement: 'return made;',
  },
  {
    what: 'a changed script is not run again',
    file: 'src/evaluation/command/made-runs.ts',
    text: '...[words, files, kind,',
    replacement: '...[words, kind,',
  },
  {
    what: 'students run with the seed of the floor',
    file: 'src/evaluation/command/planned-runs.ts',
    text: 'seeds.slice(0, 1)',
    replacement: 'seeds.slice(1, 2)',
  },
];
