import type { NamedMutation } from '../named.ts';

/** Faults of work units: what is heard of their names, who may do them, and what is done twice. */
export const taskFaults: readonly NamedMutation[] = [
  {
    what: 'the recipe of a run may be another than its name tells',
    file: 'src/tasks/opened-run.ts',
    text: 'if (name !== `',
    replacement: 'if (name === `',
  },
  {
    what: 'a link leads out of the folder of runs',
    file: 'src/tasks/opened-run.ts',
    text: 'await pathInside(runs, name)',
    replacement: 'join(runs, name)',
  },
  {
    what: 'any folder of the same run is the coordinator’s',
    file: 'src/tasks/runner.ts',
    text: 'if (opened.plan.place !== place)',
    replacement: 'if (place === "")',
  },
  {
    what: 'machines of any kind do units of a plan for one kind',
    file: 'src/tasks/suited.ts',
    text: 'if (reasons.length === 0 && !plan.mixed)',
    replacement: 'if (plan.mixed)',
  },
  {
    what: 'the number of cores decides bytes',
    file: 'src/tasks/machine.ts',
    text: "name === 'cpu' ? /^\\d+ × / : ''",
    replacement: "''",
  },
  {
    what: 'what is there is made again',
    file: 'src/tasks/runner.ts',
    text: "if (mirror === undefined && (await open.isDone())) return 'kept';",
    replacement: '',
  },
  {
    what: 'two workers train a student at once',
    file: 'src/tasks/runner.ts',
    text: 'if (folder === undefined) return work();',
    replacement: 'return work();',
  },
  {
    what: 'a name may be a path',
    file: 'src/tasks/task.ts',
    text: '[A-Za-z0-9](?:[\\w+,.-]*[\\w+-])?$/',
    replacement: '.*$/',
  },
  {
    what: 'a job may say more than its name',
    file: 'src/tasks/task.ts',
    text: 'z.strictObject({ run: runName',
    replacement: 'z.looseObject({ run: runName',
  },
  {
    what: 'units of two folders have one name',
    file: 'src/tasks/queue/names.ts',
    text: 'place, kind, id }: Task)',
    replacement: "kind, id }: Task, place = 'any')",
  },
  {
    what: 'planning again makes the folder another',
    file: 'src/tasks/plan.ts',
    text: 'place: before?.place ?? ',
    replacement: 'place: ',
  },
];
