/**
 * Non-stationary solvers (arXiv 2403.01329, § 3.1): every linear multistep method of n evaluations at its own times is
 * x_{i+1} = a_i·x_0 + Σ_{j≤i} b_ij·u_j with u_j = v(x_j, t_j), and each step has weights of its own.
 */
import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import type { Velocity } from '../flow.ts';
import { noMemory, type Solver, type Stepped } from './solver.ts';

/** The numbers of a non-stationary solver of n steps. */
export interface NonStationary {
  /** When it evaluates, and the end: rising from 0 to 1 [n + 1]. */
  readonly times: readonly number[];
  /** The weights of each step: of x_0, then of u_0 … u_i. */
  readonly weights: readonly (readonly number[])[];
}

/**
 * The end from noise [B, K, D], unrolled. times [n] when it evaluates; weights [n, n + 1], a row a step, of which the part
 * that a step may not know yet is not read.
 */
export function solveNonStationary(velocity: Velocity, noise: tf.Tensor, times: tf.Tensor, weights: tf.Tensor) {
  const [steps = 1, contexts = 1] = [weights.shape[0], noise.shape[0]];
  const weight = (row: number, place: number) => tf.reshape(tf.slice(weights, [row, place], [1, 1]), [1, 1, 1]);
  const slopes: tf.Tensor[] = [];
  let x = noise;
  for (let step = 0; step < steps; step++) {
    slopes.push(velocity(x, tf.mul(tf.ones([contexts]), tf.slice(times, [step], [1]))));
    x = slopes.reduce(
      (sum, slope, place) => tf.add(sum, tf.mul(weight(step, place + 1), slope)),
      tf.mul(weight(step, 0), noise),
    );
  }
  return x;
}

/**
 * A solver of one evaluation a step, at its times, as a non-stationary one: its steps are taken in the space whose axes are
 * x_0 and the slopes, where the state is its weights.
 */
export async function nonStationaryOf(
  solver: Solver,
  times: readonly number[],
  engine: Engine,
): Promise<NonStationary> {
  const steps = times.length - 1;
  const size = steps + 1;
  const program = await compile(
    (inputs) => {
      let evaluations = 0;
      const axis = (index: number) => tf.reshape(tf.slice(named(inputs, 'axes'), [index, 0], [1, size]), [1, 1, size]);
      const at = (time: number | undefined) => tf.fill([1], time ?? 0);
      const states: tf.Tensor[] = [];
      let state: Stepped = { x: axis(0), memory: noMemory(solver, axis(0)) };
      for (let step = 1; step <= steps; step++) {
        state = solver.step(() => axis(++evaluations), state.x, at(times[step - 1]), at(times[step]), state.memory);
        states.push(tf.reshape(state.x, [1, size]));
      }
      return { weights: tf.concat(states, 0) };
    },
    { axes: { shape: [size, size] } },
    { engine },
  );
  try {
    const axes = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    const { data } = named(await program.run({ axes: { shape: [size, size], data: axes } }), 'weights');
    return { times, weights: rowsOf(data as Float32Array, steps) };
  } finally {
    await program.dispose();
  }
}

/** The rows of weights [n, n + 1], each as long as its step may know. */
export const rowsOf = (weights: Float32Array, steps: number): number[][] =>
  Array.from({ length: steps }, (_, step) => [...weights.subarray(step * (steps + 1), step * (steps + 1) + step + 2)]);
