import { nameIn } from '../../ground/field.ts';
import { solvers } from './table.ts';

/** The name of a solver. */
export const solverName = nameIn(solvers).meta({ id: 'solver' });
