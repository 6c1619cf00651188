import type { Engine } from '../../engine/graph/program.ts';
import { type SolveOptions, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { cacheOf, type PathSet, type TrajectoryCache } from './cache.ts';
import type { HeldOutSizes } from './held-out.ts';
import { makeShard, type ShardRequest } from './job.ts';
import { ownSamplerOf } from './own-ends.ts';
import type { ShardIndex } from './shard.ts';

/** Which paths to solve, and how. */
export interface SolveRequest extends SolveOptions, Pick<ShardRequest, 'draws' | 'ownEnds' | 'guidance'> {
  readonly contexts: number;
  /** Share of contexts over prefixes that the teacher sampled itself, 0–1; 0 unless given. */
  readonly freeRunning?: number;
  /** Further paths, of the data that training never sees, to measure a student on while it trains; none unless given. */
  readonly heldOut?: HeldOutSizes;
  /** 1 unless given. */
  readonly seed?: number;
}

/** Solves a teacher's paths in this process and keeps them in memory: for programs that distil without a run's folder. */
export async function solveTrajectories(
  teacher: Teacher,
  { contexts, freeRunning = 0, seed = 1, heldOut, ...request }: SolveRequest,
  engine: Engine,
): Promise<TrajectoryCache> {
  const { guidance, keep, draws, ownEnds } = request;
  if (ownEnds !== undefined) ownSamplerOf(teacher); // before any work
  const solved = async (index: ShardIndex, sizes: HeldOutSizes): Promise<PathSet> => {
    const { contexts: rows, draws, ownEnds } = sizes;
    const solver = await teacherSolver(teacher, draws, request, engine);
    try {
      const job = { seed, index, rows, draws, ...(ownEnds && { ownEnds }), keep, guidance, freeRunning };
      return cacheOf(sizes, [await makeShard(job, teacher, solver, engine)]);
    } finally {
      await solver.dispose();
    }
  };
  const trained = await solved(0, { contexts, draws, ...(ownEnds && { ownEnds }) });
  return { ...trained, ...(heldOut && { heldOut: await solved('held-out', heldOut) }) };
}
