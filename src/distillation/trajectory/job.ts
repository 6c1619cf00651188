import { basename } from 'node:path';
import type { Engine, Precision } from '../../engine/graph/program.ts';
import type { TaskKind } from '../../ground/pool/executor.ts';
import { stream } from '../../ground/random/philox.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import { type TeacherSolver, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { withOwnEnds } from './own-ends.ts';
import { type Shard, type ShardIndex, shardName, writeShard } from './shard.ts';

/** Everything that determines a shard's bytes; plain data, so that any worker can make it. */
export interface ShardJob {
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  readonly seed: number;
  readonly index: ShardIndex;
  readonly rows: number;
  readonly draws: number;
  /** Draws of the system's own sampler a context; none unless given. */
  readonly ownEnds?: number;
  readonly solver: SolverName;
  readonly steps: number;
  readonly keep: number;
  readonly guidance: { readonly min: number; readonly max: number };
  readonly freeRunning: number;
  /** float32 unless given. */
  readonly precision?: Precision;
  readonly path: string;
}

/** Shards as work units. */
export const shardTasks: TaskKind<ShardJob> = {
  name: 'trajectories',
  module: new URL('./worker.ts', import.meta.url),
  idOf: ({ index }) => basename(shardName(index), '.safetensors'),
};

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
  ...(job.ownEnds !== undefined && { ownEnds: String(job.ownEnds) }),
  ...(job.precision === 'int8' && { precision: job.precision }),
});

/** Makes shards; keeps the teacher and its programs between jobs. */
export interface ShardMaker {
  readonly make: (job: ShardJob) => Promise<void>;
}

/** A maker whose teacher is loaded at its first job. */
export function shardMaker(): ShardMaker {
  let loaded: Promise<Teacher> | undefined;
  const solvers: Record<string, Promise<TeacherSolver>> = {};
  return {
    make: async (job) => {
      loaded ??= loadTeacher(job.teacher, job.engine);
      const teacher = await loaded;
      const { draws, precision = 'float32' } = job;
      const key = `${draws} ${precision}`;
      const solver = solvers[key] ?? teacherSolver(teacher, draws, job, job.engine);
      solvers[key] = solver;
      const shard = await makeShard(job, teacher, await solver, job.engine);
      await writeShard(job.path, shard, shardOrigin(job, teacher));
    },
  };
}

/** What decides a shard's content, beside its teacher and its solver. */
export type ShardRequest = Pick<
  ShardJob,
  'seed' | 'index' | 'rows' | 'draws' | 'ownEnds' | 'keep' | 'guidance' | 'freeRunning'
>;

/**
 * Solves the paths of one shard from contexts of the teacher, guidance and noise of its own random streams. Held-out
 * contexts are of data that nothing is trained on, under another key than the evaluation's, which no choice may look at.
 * Where own ends are asked for, the engine runs the system's sampler.
 */
export async function makeShard(
  job: ShardRequest,
  teacher: Teacher,
  solver: TeacherSolver,
  engine: Engine,
): Promise<Shard> {
  const { ownEnds, keep } = job;
  const { key, ...input } = await shardInput(job, teacher);
  const states = await solver.paths(input);
  const { noise: _, ...contexts } = input;
  const shard = { ...contexts, states, times: { shape: [keep + 1], data: uniformTimes(keep) } };
  return ownEnds === undefined ? shard : withOwnEnds(shard, teacher, { draws: ownEnds, key }, engine);
}

/** What a shard's paths start from: contexts, scales, noise [N, K, D]; and the key of its random numbers. */
export async function shardInput(
  job: Omit<ShardRequest, 'keep' | 'ownEnds'>,
  teacher: Pick<Teacher, 'contexts' | 'token'>,
) {
  const { rows, draws, guidance, freeRunning } = job;
  const heldOut = job.index === 'held-out';
  const key = heldOut ? ['held-out', job.seed, 'contexts'] : ['trajectories', job.seed, job.index];
  const data = heldOut ? ({ split: 'test', apart: true } as const) : ({ split: 'train' } as const);
  const contexts = await teacher.contexts({ rows, key, freeRunning, guidance, ...data });
  const random = stream(...key, 'paths');
  const w = { shape: [rows], data: random.uniform(rows).map((u) => guidance.min + (guidance.max - guidance.min) * u) };
  const noise = { shape: [rows, draws, teacher.token], data: random.normal(rows * draws * teacher.token) };
  return { ...contexts, w, noise, key };
}
