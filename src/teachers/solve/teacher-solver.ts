import { named } from '../../engine/graph/named.ts';
import type { Engine, Precision } from '../../engine/graph/program.ts';
import { bytesOf, type HostTensor, largeWeights } from '../../ground/host-tensor.ts';
import { contextFeeds, type HostContext } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import { guidedEvaluations, type Teacher } from '../teacher.ts';
import { rowsBetween, timesOf } from './chunk.ts';
import { compileStepper, type Stepper } from './stepper.ts';

/** How paths are solved and what is kept of them. */
export interface SolveOptions {
  readonly solver: SolverName;
  readonly steps: number;
  /** Kept intervals; divides `steps`. */
  readonly keep: number;
  /** Times of the steps, 0 to 1 [steps + 1]; equal steps unless given. */
  readonly times?: readonly number[];
  /** Contexts of one call of the program; 128 or as many as have 1,024 draws unless given, of large heads 256. */
  readonly chunk?: number;
  /** float32 unless given. */
  readonly precision?: Precision;
}

/** Context rows and the noise that starts their paths. */
export interface SolveInput extends HostContext {
  readonly noise: HostTensor<Float32Array>; // [N, K, D]
}

/** A teacher's flow, solved many steps at a time: the K paths of a context share its modulations. */
export interface TeacherSolver {
  /** The kept states of every path, noise first: [N, keep + 1, K, D]; at times of its own for this call, where given. */
  readonly paths: (input: SolveInput, times?: ArrayLike<number>) => Promise<HostTensor<Float32Array>>;
  /** Head forwards a path (guidance counts two). */
  readonly forwards: number;
  readonly dispose: () => Promise<void>;
}

/** Rows of a call that pay for its overhead: at one draw a context a call of 128 of them takes 1.3 (float32) to 1.9 times (int8) as long a row. */
const ROWS = 1024;

/** Compiles one step of the solver for K draws a context and gives the loop over it. */
export async function teacherSolver(
  teacher: Teacher,
  draws: number,
  options: SolveOptions,
  engine: Engine,
): Promise<TeacherSolver> {
  const large = bytesOf(teacher.parameters) >= largeWeights;
  const { solver, steps, keep, chunk = large ? 256 : Math.max(128, Math.floor(ROWS / draws)), precision } = options;
  const program = await compileStepper(teacher, draws, solver, { engine, ...(precision && { precision }) });
  const own = options.times ?? uniformTimes(steps);
  return {
    forwards: guidedEvaluations(teacher) * steps * solvers[solver].evaluations,
    dispose: () => program.dispose(),
    paths: async (input, times = own) => {
      const rows = input.w.data.length;
      const states = zeros([rows, keep + 1, draws, teacher.token]);
      const all = { noise: input.noise, context: contextFeeds(teacher.head ?? {}, input) };
      for (let start = 0; start < rows; start += chunk)
        await solveChunk(program, all, [start, Math.min(rows, start + chunk)], times, keep, states);
      return states;
    },
  };
}

async function solveChunk(
  { step, begin, room }: Stepper,
  all: {
    readonly noise: HostTensor<Float32Array>;
    readonly context: Readonly<Record<string, HostTensor<Float32Array>>>;
  },
  [start, end]: readonly [number, number],
  times: ArrayLike<number>,
  keep: number,
  states: HostTensor<Float32Array>,
): Promise<void> {
  const rows = end - start;
  const [, , draws = 1, token = 1] = states.shape;
  const size = draws * token;
  const context = Object.fromEntries(
    Object.entries(all.context).map(([name, tensor]) => [name, rowsBetween(tensor, start, end)]),
  );
  const at = (time: number | undefined): HostTensor => timesOf(1, time ?? 0);
  const record = (x: HostTensor, kept: number): void => {
    for (let row = 0; row < rows; row++)
      states.data.set(
        (x.data as Float32Array).subarray(row * size, (row + 1) * size),
        ((start + row) * (keep + 1) + kept) * size,
      );
  };
  let x: HostTensor = rowsBetween(all.noise, start, end);
  const { told, left } = await begin(context, at(times[0]), rows);
  let memory = left;
  record(x, 0);
  const rooms = [room(rows), room(rows)]; // a step reads one and writes the other
  const stride = (times.length - 1) / keep;
  for (let i = 1; i < times.length; i++) {
    const next = await step({ ...told, x, ...memory, from: at(times[i - 1]), to: at(times[i]) }, rooms[i % 2]);
    x = named(next, 'x');
    memory = Object.fromEntries(Object.keys(memory).map((name) => [name, named(next, name)]));
    if (i % stride === 0) record(x, i / stride);
  }
}
