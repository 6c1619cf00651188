/** Whether a teacher that is solved with int8 products is the same teacher, and how much faster it is. */

import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { shardInput } from '../../distillation/trajectory/job.ts';
import type { SettledPrecision } from '../../distillation/trajectory/precision.ts';
import type { Engine, Precision } from '../../engine/graph/program.ts';
import { checkFinite } from '../../ground/finite.ts';
import { bytesOf, type HostTensor, largeWeights } from '../../ground/host-tensor.ts';
import { endsOf } from '../../teachers/solve/ends.ts';
import { type SolveInput, type TeacherSolver, teacherSolver } from '../../teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { energyDistance } from '../statistics/energy-distance.ts';

/** What int8 products were measured to do. */
export type Parity = NonNullable<SettledPrecision['int8']>;

/** Draws of a context: half of them against the other half is the floor. */
const DRAWS = 16;
/** Contexts, of heads whose solves take minutes the fewer. */
const [CONTEXTS, FEW_CONTEXTS] = [64, 16];

/**
 * Solves paths of held-out contexts in float32 and with int8 products, from the same noise. Ends are compared as sets of draws of
 * their contexts, pairs of the same noise left out. Throws DataError where ends are not finite.
 */
export async function measureParity(recipe: DistillRecipe, teacher: Teacher, engine: Engine): Promise<Parity> {
  const { guidance, trajectories, seeds } = recipe;
  const [seed = 1] = seeds;
  const rows = bytesOf(teacher.parameters) >= largeWeights ? FEW_CONTEXTS : CONTEXTS;
  const { freeRunning } = trajectories;
  const input = await shardInput({ seed, index: 'held-out', rows, draws: DRAWS, guidance, freeRunning }, teacher);
  const exact = await solvedBy('float32', input, { recipe, teacher, engine });
  const quick = await solvedBy('int8', input, { recipe, teacher, engine });
  const speedup = exact.seconds / quick.seconds;
  return { ...compareEnds(quick.ends, exact.ends), speedup, contexts: rows, draws: DRAWS };
}

interface Solved {
  readonly ends: HostTensor<Float32Array>;
  readonly seconds: number;
}

/** The ends of all paths, and the seconds of the second of two solves: the first one is also the warm-up. */
async function solvedBy(
  precision: Precision,
  input: SolveInput,
  { recipe, teacher, engine }: { readonly recipe: DistillRecipe; readonly teacher: Teacher; readonly engine: Engine },
): Promise<Solved> {
  const { solver: name, steps } = recipe.trajectories;
  const solver = await teacherSolver(teacher, DRAWS, { solver: name, steps, keep: 1, precision }, engine);
  try {
    await timed(solver, input);
    const { paths, seconds } = await timed(solver, input);
    const ends = endsOf(paths);
    checkFinite(ends.data, `the teacher's ends in ${precision}`);
    return { ends, seconds };
  } finally {
    await solver.dispose();
  }
}

async function timed(solver: TeacherSolver, input: SolveInput) {
  const started = performance.now();
  const paths = await solver.paths(input);
  return { paths, seconds: (performance.now() - started) / 1000 };
}

/** How far ends [N, K, D] are from exact ones of the same noise, and those from themselves. */
export function compareEnds(
  ends: HostTensor<Float32Array>,
  exact: HostTensor<Float32Array>,
): Pick<Parity, 'distance' | 'floor' | 'endpointError'> {
  return {
    distance: energyDistance(ends, exact, { sharedNoise: true }),
    floor: energyDistance(halfOf(exact, 0), halfOf(exact, 1)),
    endpointError: relativeError(ends.data, exact.data),
  };
}

/** Every context's first or second half of the draws. */
function halfOf({ shape, data }: HostTensor<Float32Array>, which: 0 | 1): HostTensor<Float32Array> {
  const [rows = 0, draws = 2, token = 1] = shape;
  const size = (draws / 2) * token;
  const half = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const start = (2 * row + which) * size;
    half.set(data.subarray(start, start + size), row * size);
  }
  return { shape: [rows, draws / 2, token], data: half };
}

function relativeError(data: Float32Array, exact: Float32Array): number {
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
  let [error, variance] = [0, 0];
  for (const [i, value] of exact.entries()) {
    error += ((data[i] ?? 0) - value) ** 2;
    variance += (value - mean) ** 2;
  }
  return Math.sqrt(error / variance);
}
