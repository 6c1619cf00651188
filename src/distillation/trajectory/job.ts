import type { Engine } from '../../engine/graph/program.ts';
import { stream } from '../../ground/random/philox.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import { type TeacherSolver, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { type Shard, writeShard } from './shard.ts';

/** Everything that determines a shard's bytes; plain data, so that any worker can make it. */
export interface ShardJob {
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  readonly seed: number;
  readonly index: number;
  readonly rows: number;
  readonly draws: number;
  readonly solver: SolverName;
  readonly steps: number;
  readonly keep: number;
  readonly guidance: { readonly min: number; readonly max: number };
  readonly freeRunning: number;
  readonly path: string;
}

/** A shard that is made. */
export interface ShardDone {
  readonly index: number;
}

/** What made a shard: its metadata. The same job with the same teacher gives the same bytes. */
export const shardOrigin = (job: ShardJob, teacher: Pick<Teacher, 'hash'>): Record<string, string> => ({
  teacher: teacher.hash,
  seed: String(job.seed),
  index: String(job.index),
  rows: String(job.rows),
  draws: String(job.draws),
  solver: job.solver,
  steps: String(job.steps),
  keep: String(job.keep),
  guidance: `${job.guidance.min} to ${job.guidance.max}`,
  freeRunning: String(job.freeRunning),
});

/** Makes shards; keeps the teacher and its programs between jobs. */
export interface ShardMaker {
  readonly make: (job: ShardJob) => Promise<ShardDone>;
}

/** A maker whose teacher is loaded at its first job. */
export function shardMaker(): ShardMaker {
  let ready: Promise<{ teacher: Teacher; solver: TeacherSolver }> | undefined;
  const prepare = async (job: ShardJob) => {
    const teacher = await loadTeacher(job.teacher, job.engine);
    return { teacher, solver: await teacherSolver(teacher, job.draws, job, job.engine) };
  };
  return {
    make: async (job) => {
      ready ??= prepare(job);
      const { teacher, solver } = await ready;
      const shard = await makeShard(job, teacher, solver);
      await writeShard(job.path, shard, shardOrigin(job, teacher));
      return { index: job.index };
    },
  };
}

/** What decides a shard's content, beside its teacher and its solver. */
export type ShardRequest = Pick<ShardJob, 'seed' | 'index' | 'rows' | 'draws' | 'keep' | 'guidance' | 'freeRunning'>;

/** Solves the paths of one shard from contexts of the teacher, guidance and noise of its own random streams. */
export async function makeShard(job: ShardRequest, teacher: Teacher, solver: TeacherSolver): Promise<Shard> {
  const { rows, draws, guidance, freeRunning, keep } = job;
  const key = ['trajectories', job.seed, job.index];
  const contexts = await teacher.contexts({ rows, key, freeRunning, guidance, split: 'train' });
  const random = stream(...key, 'paths');
  const w = { shape: [rows], data: random.uniform(rows).map((u) => guidance.min + (guidance.max - guidance.min) * u) };
  const noise = { shape: [rows, draws, teacher.token], data: random.normal(rows * draws * teacher.token) };
  const states = await solver.paths({ ...contexts, w, noise });
  return { ...contexts, w, states, times: { shape: [keep + 1], data: uniformTimes(keep) } };
}
