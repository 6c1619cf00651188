import type { FittedSolver } from '../../distillation/solver/file.ts';
import type { Student } from '../../distillation/student/file.ts';
import { samplerProgram } from '../../distillation/student/program.ts';
import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import { rowsBetween } from '../../teachers/solve/chunk.ts';
import { endsOf } from '../../teachers/solve/ends.ts';
import { nonStationarySolver } from '../../teachers/solve/non-stationary-solver.ts';
import { type SolveInput, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import { guidedEvaluations, type Teacher } from '../../teachers/teacher.ts';

/** Contexts, their noise, and where in its image each token is: index [N], which heads of one step count do not ask for. */
export interface SampleInput extends SolveInput {
  readonly position?: HostTensor<Int32Array>;
  /** Which new noise samplers that need some draw for these contexts; that of one call after another unless given. */
  readonly fresh?: FreshNoise;
}

/**
 * New noise as if the rows came in batches of `rows`, batch after batch, each in `places` calls: what a row gets does not
 * depend on how many rows come at once.
 */
export interface FreshNoise {
  /** The batch of the first row. */
  readonly batch: number;
  readonly rows: number;
  /** Which of a batch's calls this is. */
  readonly place: number;
  readonly places: number;
}

/** A head with its steps: noise [N, K, D] under contexts to tokens [N, K, D]. */
export interface HeadSampler {
  readonly run: (input: SampleInput) => Promise<HostTensor<Float32Array>>;
  /** Head forwards a token; of an image's tokens in the mean where they differ. */
  readonly nfe: number;
  readonly dispose: () => Promise<void>;
}

/** Tokens of one call of a teacher's program: more leave the processor's cache between two layers. */
const AT_ONCE = 1024;

/** Contexts of one call with K draws each. */
const chunkOf = (draws: number): number => Math.max(1, Math.floor(AT_ONCE / draws));

/** The teacher under a solver at a step count, at equal steps unless it has times; a guided evaluation costs a forward each way. */
export async function teacherSampler(
  teacher: Teacher,
  draws: number,
  solver: SolverName,
  steps: number,
  engine: Engine,
  times?: readonly number[],
): Promise<HeadSampler> {
  const options = { solver, steps, keep: 1, chunk: chunkOf(draws), ...(times && { times }) };
  const solved = await teacherSolver(teacher, draws, options, engine);
  return { nfe: solved.forwards, dispose: solved.dispose, run: async (input) => endsOf(await solved.paths(input)) };
}

/** The teacher under a solver that was fitted to it. */
export async function fittedSampler(
  teacher: Teacher,
  draws: number,
  { solver, steps, times, weights }: Pick<FittedSolver, 'solver' | 'steps' | 'times' | 'weights'>,
  engine: Engine,
): Promise<HeadSampler> {
  if (weights === undefined) return teacherSampler(teacher, draws, solver as SolverName, steps, engine, times);
  const solved = await nonStationarySolver(teacher, draws, engine, chunkOf(draws));
  return {
    nfe: guidedEvaluations(teacher) * steps,
    dispose: solved.dispose,
    run: (input) => solved.ends(input, { times, weights }),
  };
}

/** The teacher's system under its own rule, whose new noise is of the stream `key`. */
export async function ownSampler(
  teacher: Teacher,
  engine: Engine,
  key: readonly (string | number)[],
): Promise<HeadSampler> {
  const { own } = teacher;
  if (own === undefined) throw new TypeError(`${teacher.name}: a teacher without a sampler of its own`);
  const { ends, dispose } = await own.open(engine, key);
  return { nfe: guidedEvaluations(teacher) * own.steps * own.evaluations, dispose, run: ends };
}

/** A student's weights and how it takes steps. */
export type StudentHead = Pick<Student, 'parameters' | 'config' | 'sampler' | 'times'>;

/**
 * A student at a step count, by the program that is exported, with K draws a context; guidance is an input, so a step
 * is one forward. Samplers that need new noise draw it from the stream `key`, call after call.
 */
export async function studentSampler(
  student: StudentHead,
  draws: number,
  steps: number,
  engine: Engine,
  key: readonly (string | number)[],
): Promise<HeadSampler> {
  const { parameters, config } = student;
  const { fn, specs } = samplerProgram(student, steps, draws);
  const program = await compile(fn, specs, { engine, constants: parameters });
  let calls = 0;
  const freshNoise = (count: number, fresh?: FreshNoise): HostTensor<Float32Array> => {
    const added = zeros([count, steps - 1, draws, config.token]);
    if (fresh === undefined) stream(...key, 'fresh', calls++).normal(added.data);
    else
      for (let start = 0; start < count; start += fresh.rows) {
        const call = (fresh.batch + start / fresh.rows) * fresh.places + fresh.place;
        stream(...key, 'fresh', call).normal(rowsBetween(added, start, Math.min(count, start + fresh.rows)).data);
      }
    return added;
  };
  return {
    nfe: steps,
    dispose: () => program.dispose(),
    run: async ({ noise, fresh, ...context }) => {
      const added = specs.fresh_noise && { fresh_noise: freshNoise(context.w.data.length, fresh) };
      const results = await program.run({ noise, ...contextFeeds(config, context, 'input'), ...added });
      const { shape, data } = named(results, 'sample');
      if (!(data instanceof Float32Array)) throw new TypeError('a sampler whose output is not of float32');
      return { shape, data };
    },
  };
}
