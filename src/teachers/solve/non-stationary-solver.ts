import { type AheadProgram, compileAhead } from '../../engine/compile-ahead.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { NonStationary } from '../../heads/solver/non-stationary.ts';
import type { Teacher } from '../teacher.ts';
import { rowsBetween, timesOf } from './chunk.ts';
import { ofEveryRow } from './stepper.ts';
import type { SolveInput } from './teacher-solver.ts';

/** A teacher's guided velocity, called once a step by whatever non-stationary solver it is given. */
export interface NonStationarySolver {
  /** The ends of the paths from noise [N, K, D]. */
  readonly ends: (input: SolveInput, solver: NonStationary) => Promise<HostTensor<Float32Array>>;
  readonly dispose: () => Promise<void>;
}

/** Compiles the velocity for K draws a context; the states are summed here, a chunk of contexts at a time. */
export async function nonStationarySolver(
  teacher: Teacher,
  draws: number,
  engine: Engine,
  chunk = 512,
): Promise<NonStationarySolver> {
  const head = teacher.head ?? {};
  const contexts = contextSpecs({ ...head, condition: teacher.condition }, 'batch');
  const program = await compileAhead(
    (inputs) => {
      const x = named(inputs, 'x');
      const velocity = teacher.velocity(inputs, contextOf(head, inputs));
      return { slope: velocity(x, ofEveryRow(named(inputs, 'time'), x)) };
    },
    { x: { shape: ['batch', draws, teacher.token] }, time: { shape: [1] }, ...contexts },
    Object.keys(contexts),
    { engine, constants: teacher.parameters },
  );
  return {
    dispose: () => program.dispose(),
    ends: async (input, solver) => {
      const rows = input.w.data.length;
      const ends = zeros(input.noise.shape);
      const context = Object.entries(contextFeeds(head, input));
      for (let start = 0; start < rows; start += chunk) {
        const end = Math.min(rows, start + chunk);
        const of = (tensor: HostTensor<Float32Array>) => rowsBetween(tensor, start, end);
        const feeds = Object.fromEntries(context.map(([name, tensor]) => [name, of(tensor)]));
        of(ends).data.set(await solveChunk(program, of(input.noise), feeds, solver));
      }
      return ends;
    },
  };
}

async function solveChunk(
  { ahead, each }: AheadProgram,
  noise: HostTensor<Float32Array>,
  context: Readonly<Record<string, HostTensor>>,
  { times, weights }: NonStationary,
): Promise<Float32Array> {
  const told = await ahead(context);
  const known = [noise.data];
  let x = noise.data;
  for (const [step, row] of weights.entries()) {
    const feeds = { ...told, x: { shape: noise.shape, data: x }, time: timesOf(1, times[step] ?? 0) };
    known.push(named(await each.run(feeds), 'slope').data as Float32Array);
    x = weighted(known, row);
  }
  return x;
}

/** The weighted sum of states, in float32 as a program would. */
function weighted(states: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const sum = new Float32Array(states[0]?.length ?? 0);
  for (const [place, weight] of weights.entries()) {
    const state = states[place] ?? sum;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (state[i] ?? 0);
  }
  return sum;
}
