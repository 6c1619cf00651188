import * as tf from '@tensorflow/tfjs';
import type { Velocity } from '../flow.ts';

/** What a multistep solver keeps of the last step; `time` ≥ the next step's start means that there was none. */
export interface Memory {
  /** Predicted data [B, K, D]. */
  readonly data: tf.Tensor;
  /** The time it was predicted at [B]. */
  readonly time: tf.Tensor;
}

/** Where a step ends, and what the next one may use. */
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
  readonly evaluations: 1 | 2;
  /** Global order of convergence. */
  readonly order: 1 | 2;
  readonly step: Step;
}

/** The memory before the first step. */
export const noMemory = (x: tf.Tensor): Memory => ({ data: tf.zerosLike(x), time: tf.ones([x.shape[0] ?? 1]) });

/** `steps` equal steps from noise to data: the steps + 1 times 0 … 1. */
export const uniformTimes = (steps: number): Float32Array =>
  Float32Array.from({ length: steps + 1 }, (_, i) => i / steps);

/** Integrates from times[0] to the last of `times`, unrolled: x [B, K, D] at the last time. */
export function solve(solver: Solver, velocity: Velocity, noise: tf.Tensor, times: ArrayLike<number>): tf.Tensor {
  let state: Stepped = { x: noise, memory: noMemory(noise) };
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    state = solver.step(velocity, state.x, at(times[i - 1]), at(times[i]), state.memory);
  }
  return state.x;
}
