import type { SolverName } from '../../heads/solver/table.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { teacherSampler } from '../stage/head-sampler.ts';
import type { MeasuredHead, MeasureOptions } from './measure.ts';

/** A teacher under a solver at a step count. */
export interface SolverFacts {
  readonly solver: SolverName;
  readonly steps: number;
}

const compared: readonly SolverName[] = ['euler', 'heun', 'midpoint'];

/** The rows of a teacher at each step count, by solvers that need no training. */
export const solverRows = (teacher: Teacher, { steps, engine }: MeasureOptions): MeasuredHead<SolverFacts>[] =>
  compared.flatMap((solver) =>
    steps.map((count) => ({
      facts: { solver, steps: count },
      open: (draws: number) => teacherSampler(teacher, draws, solver, count, engine),
    })),
  );
