import { combined } from './rows.ts';

/**
 * One Euler–Maruyama step of length dt of the flow's SDE with diffusion 2·(1 − t): the score of a straight path is
 * (t·v − x)/(1 − t), so x' = x + dt·((1 + t)·v − x) + √(2·(1 − t)·dt)·z.
 */
export function eulerMaruyama(x: Float64Array, v: Float64Array, z: Float64Array, t: number, dt: number): Float64Array {
  const drifted = combined(1 - dt, x, dt * (1 + t), v);
  return combined(1, drifted, Math.sqrt(2 * (1 - t) * dt), z);
}
