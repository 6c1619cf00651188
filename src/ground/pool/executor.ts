/** Who runs the work units of a run: threads of this process, or an engine that has workers on other machines. */
import type { z } from 'zod';
import { createPool, type Pool, type PoolOptions } from './pool.ts';

/** The kinds of work units, in the order in which a run comes to them. */
export const taskKinds = ['trajectories', 'students', 'solvers', 'samples', 'metrics'] as const;

/** A kind of work units. */
export type TaskKindName = (typeof taskKinds)[number];

/**
 * Work units of a kind. Each writes files of the run by renames, is done where they are there, and gives nothing else: it may
 * run twice, in any order, on two machines at once, and leaves the same bytes.
 */
export interface TaskKind<Job, Message = never> {
  readonly name: TaskKindName;
  /** The module whose threads run it: its default export is made by `worker`. */
  readonly module: URL;
  /** What tells a unit from the others of its kind in a run: the name of the file or folder that it makes. */
  readonly idOf: (job: Job) => string;
  /** What its messages are, where it has some: those of other machines are checked by it. */
  readonly message?: z.ZodType<Message>;
}

/** An engine that runs work units. */
export interface Executor {
  /** Opens what runs the units of a kind; to be closed. */
  readonly open: <Job, Message>(kind: TaskKind<Job, Message>, options: PoolOptions) => Pool<Job, void, Message>;
}

/** Threads of this process. */
export const localExecutor: Executor = { open: ({ module }, options) => createPool(module, options) };
