import { dpmpp2m } from './dpmpp-2m.ts';
import { euler } from './euler.ts';
import { heun } from './heun.ts';
import { midpoint } from './midpoint.ts';
import type { Solver } from './solver.ts';

/** The integrators by the names that recipes use. */
export const solvers = {
  euler,
  heun,
  midpoint,
  'dpmpp-2m': dpmpp2m,
} as const satisfies Readonly<Record<string, Solver>>;

/** A solver's name in recipes. */
export type SolverName = keyof typeof solvers;
