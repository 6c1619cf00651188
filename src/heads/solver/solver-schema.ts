import { nameIn } from '../../ground/field.ts';
import { derived } from '../../ground/plugin/table.ts';
import { fittedSolvers, measuredSolvers } from './fitted-table.ts';
import { solvers } from './table.ts';

const elsewhere = Object.fromEntries(
  Object.keys(fittedSolvers).map((name) => [
    name,
    `${name} is fitted to cached paths: it can be measured (evaluation.solvers), but neither make trajectories nor be the reference`,
  ]),
);

/** The name of a solver. */
export const solverName = derived(() => nameIn(solvers).meta({ id: 'solver', elsewhere }));

/** The name of a solver that a teacher is measured under. */
export const measuredSolverName = derived(() => nameIn(measuredSolvers()).meta({ id: 'measured-solver' }));
