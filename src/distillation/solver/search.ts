import { DataError } from '../../ground/errors.ts';
import { mostSearched, searchTimes } from '../../heads/solver/search-times.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import { endsOf } from '../../teachers/solve/ends.ts';
import { teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { FitEntry, Fitted, FitWork } from './fit.ts';
import { countOf, drawsOf, meanDistance } from './fit-paths.ts';

/**
 * Times of a solver by coordinate descent: those whose ends, from the cached noise under the same contexts, are the nearest
 * to the cached ends. Never worse than equal steps on these paths. Throws DataError where no ends are finite.
 */
export async function searchSolverTimes(work: FitWork & { readonly solver: SolverName }): Promise<Fitted> {
  const { solver, steps, teacher, paths, engine } = work;
  const solved = await teacherSolver(
    teacher as Teacher,
    drawsOf(paths),
    { solver, steps, keep: 1, chunk: 512 },
    engine,
  );
  let tried = 0;
  try {
    const found = await searchTimes(steps, async (times) => {
      tried += 1;
      return meanDistance(endsOf(await solved.paths(paths, times)), paths);
    });
    if (!Number.isFinite(found.error))
      throw new DataError(`the teacher's ${solver} at ${steps} steps: expected finite ends, got others at all times`);
    const evaluations = tried * steps * solvers[solver].evaluations * countOf(paths);
    return { times: found.times, error: found.error, before: found.equal, evaluations, updates: 0 };
  } finally {
    await solved.dispose();
  }
}

/** Searched times of a solver that needs none of its own. */
export const search: FitEntry = {
  label: 'searched times',
  fewest: 2,
  paths: 512,
  most: ({ steps, perStep, paths }) => mostSearched(steps) * steps * perStep * paths,
  fit: (work) => searchSolverTimes(work as FitWork & { readonly solver: SolverName }),
};
