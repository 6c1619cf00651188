import { extensible } from '../../ground/plugin/table.ts';
import { adamsBashforth2 } from './adams-bashforth-2.ts';
import { dpmpp2m } from './dpmpp-2m.ts';
import { euler } from './euler.ts';
import { heun } from './heun.ts';
import { midpoint } from './midpoint.ts';
import { rungeKutta4 } from './runge-kutta-4.ts';
import type { Solver } from './solver.ts';
import { unipc2 } from './unipc-2.ts';

const builtIn = {
  euler,
  heun,
  midpoint,
  rk4: rungeKutta4,
  ab2: adamsBashforth2,
  'dpmpp-2m': dpmpp2m,
  unipc: unipc2,
} as const satisfies Readonly<Record<string, Solver>>;

/** A solver's name in recipes. */
export type SolverName = keyof typeof builtIn;

/** The integrators by the names that recipes use. */
export const solvers = extensible('solvers', builtIn);
