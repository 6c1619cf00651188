import type { Engine } from '../../engine/graph/program.ts';
import { type SolveOptions, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { cacheOf, type TrajectoryCache } from './cache.ts';
import { makeShard, type ShardRequest } from './job.ts';

/** Which paths to solve, and how. */
export interface SolveRequest extends SolveOptions, Pick<ShardRequest, 'draws' | 'guidance'> {
  readonly contexts: number;
  /** Share of contexts over prefixes that the teacher sampled itself, 0–1; 0 unless given. */
  readonly freeRunning?: number;
  /** 1 unless given. */
  readonly seed?: number;
}

/** Solves a teacher's paths in this process and keeps them in memory: for programs that distil without a run's folder. */
export async function solveTrajectories(
  teacher: Teacher,
  { contexts, freeRunning = 0, seed = 1, ...request }: SolveRequest,
  engine: Engine,
): Promise<TrajectoryCache> {
  const { draws, guidance, keep } = request;
  const solver = await teacherSolver(teacher, draws, request, engine);
  try {
    const job = { seed, index: 0, rows: contexts, draws, keep, guidance, freeRunning };
    return cacheOf({ contexts, draws }, [await makeShard(job, teacher, solver)]);
  } finally {
    await solver.dispose();
  }
}
