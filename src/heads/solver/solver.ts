import * as tf from '@tensorflow/tfjs';
import type { Velocity } from '../flow.ts';

/** What a solver keeps between steps, by name: states [B, K, D] and times [B]. */
export type Memory = Readonly<Record<string, tf.Tensor>>;

/** Where a step ends, and what the next one may use: the entries that the solver's `memory` declares. */
export interface Stepped {
  readonly x: tf.Tensor;
  readonly memory: Memory;
}

/** One step of an integrator of dx/dt = v(x, t): x [B, K, D] from time `from` [B] to time `to` [B]. */
export type Step = (velocity: Velocity, x: tf.Tensor, from: tf.Tensor, to: tf.Tensor, memory: Memory) => Stepped;

/** An integrator. */
export interface Solver {
  readonly title: string;
  /** Velocity evaluations a step. */
  readonly evaluations: number;
  /** Global order of convergence. */
  readonly order: number;
  /**
   * What a multistep method keeps, by name; nothing unless given. Before the first step states are 0 and times 1: a
   * remembered time that is not before the step's own start stands for "there was no such step".
   */
  readonly memory?: Readonly<Record<string, 'state' | 'time'>>;
  /** Whether a step asks for slopes at both its ends, `from` and `to` as they are given; not unless given. */
  readonly atBothEnds?: true;
  readonly step: Step;
}

/** The memory before the first step from x. */
export const noMemory = ({ memory = {} }: Solver, x: tf.Tensor): Memory =>
  Object.fromEntries(
    Object.entries(memory).map(([name, kind]) => [
      name,
      kind === 'state' ? tf.zerosLike(x) : tf.ones([x.shape[0] ?? 1]),
    ]),
  );

/** `steps` equal steps from noise to data: the steps + 1 times 0 … 1. */
export const uniformTimes = (steps: number): Float32Array =>
  Float32Array.from({ length: steps + 1 }, (_, i) => i / steps);

/** Integrates from times[0] to the last of `times`, unrolled: x [B, K, D] at the last time. */
export function solve(solver: Solver, velocity: Velocity, noise: tf.Tensor, times: ArrayLike<number>): tf.Tensor {
  let state: Stepped = { x: noise, memory: noMemory(solver, noise) };
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    state = solver.step(velocity, state.x, at(times[i - 1]), at(times[i]), state.memory);
  }
  return state.x;
}
