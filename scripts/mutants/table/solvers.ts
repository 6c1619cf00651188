import type { NamedMutation } from '../named.ts';

/** Of solvers that are fitted to cached paths. */
export const solverFaults: readonly NamedMutation[] = [
  {
    what: 'searched times are those of equal steps',
    file: 'src/distillation/solver/search.ts',
    text: 'solved.paths(paths, times)',
    replacement: 'solved.paths(paths)',
  },
  {
    what: 'a solver at searched times takes equal steps',
    file: 'src/evaluation/stage/head-sampler.ts',
    text: '...(times && { times }) };',
    replacement: '};',
  },
  {
    what: 'a fit is judged by the paths that it learns',
    file: 'src/distillation/solver/bns.ts',
    text: 'descend(task, work, start, (solver) => errorOn(held, solver))',
    replacement: 'descend(task, work, start, (solver) => errorOn(learnt, solver))',
  },
  {
    what: 'a fit keeps its start',
    file: 'src/distillation/solver/bns.ts',
    text: 'if (solver && error < best.error)',
    replacement: 'if (solver && error > best.error)',
  },
  {
    what: 'a non-stationary solver evaluates a step late',
    file: 'src/heads/solver/non-stationary.ts',
    text: 'tf.slice(times, [step], [1])',
    replacement: 'tf.slice(times, [Math.max(0, step - 1)], [1])',
  },
  {
    what: 'a sampled non-stationary solver forgets the noise',
    file: 'src/teachers/solve/non-stationary-solver.ts',
    text: 'const known = [noise.data];',
    replacement: 'const known = [new Float32Array(noise.data.length)];',
  },
  {
    what: 'a solver that was fitted to another teacher is kept',
    file: 'src/distillation/solver/file.ts',
    text: 'teacher === expected.teacher && ',
    replacement: '',
  },
  {
    what: 'samples of other times are taken for those of a fitted solver',
    file: 'src/evaluation/stage/samples.ts',
    text: '...(fitted && { solver: fittedHash(fitted) }),',
    replacement: '',
  },
  {
    what: 'the fit of a solver is not charged',
    file: 'src/evaluation/stage/row-cost.ts',
    text: 'totalForwards: pathForwards + forwards,',
    replacement: 'totalForwards: pathForwards,',
  },
  {
    what: 'searched times are not planned unless asked for',
    file: 'src/distillation/solver/plan.ts',
    text: 'searchTimes = true',
    replacement: 'searchTimes = false',
  },
];
