import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { solve, uniformTimes } from '../../src/solver/solver.ts';
import { type SolverName, solvers } from '../../src/solver/table.ts';
import { gaussianTeacher, towards } from '../../src/teacher/gaussian.ts';
import { tensor, values } from '../eager.ts';

/** Where noise 1 lands under N(0, c²): the exact map is x ↦ c·x. */
const landing = (name: SolverName, steps: number, std: number): number => {
  const velocity = (x: tf.Tensor, t: tf.Tensor): tf.Tensor => towards(x, t, tf.zerosLike(x), std);
  return values(() => solve(solvers[name], velocity, tensor([1], [1, 1, 1]), uniformTimes(steps)))[0] ?? Number.NaN;
};

describe('solvers on the exact Gaussian, c = 0.5', () => {
  it.each([
    ['euler', 1, 0],
    ['euler', 2, 0.2],
    ['euler', 4, 0.34054],
    ['euler', 8, 0.41478],
    ['euler', 16, 0.45568],
    ['heun', 1, 0.5],
    ['heun', 2, 0.48],
    ['heun', 4, 0.50483],
  ] as const)('%s in %i steps lands where it is known to', (name, steps, std) => {
    expect(landing(name, steps, 0.5)).toBeCloseTo(std, 5);
  });

  it('one step of Heun is exact by coincidence: with another spread it is not', () => {
    expect(landing('heun', 1, 0.5)).toBeCloseTo(0.5, 6);
    expect(Math.abs(landing('heun', 1, 0.8) - 0.8)).toBeGreaterThan(0.01);
  });

  it('two steps of DPM-Solver++(2M) are two of Euler, for both ends are of first order', () => {
    expect(landing('dpmpp-2m', 2, 0.5)).toBeCloseTo(landing('euler', 2, 0.5), 6);
  });

  // Enough steps for the asymptotic order, few enough for float32; the infinite ends of λ cost DPM-Solver++ a
  // logarithm: 1.77 at 128 steps, 1.85 at 1,024.
  it.each([
    ['euler', 32],
    ['heun', 16],
    ['midpoint', 16],
    ['dpmpp-2m', 64],
  ] as const)('%s converges with its order', (name, steps) => {
    const error = (count: number): number => Math.abs(landing(name, count, 0.5) - 0.5);
    const order = Math.log2(error(steps) / error(2 * steps));
    expect(order).toBeGreaterThan(solvers[name].order - 0.3);
    if (name !== 'midpoint') expect(order).toBeLessThan(solvers[name].order + 0.3); // whose second-order error cancels here
  });
});

describe('the guided Gaussian', () => {
  it('lands at c^w·C^(1−w)·x0 + B(w)·μ', () => {
    const teacher = gaussianTeacher({ token: 1, condition: 1, std: 0.5, unconditionalStd: 1 });
    const land = (noise: number, hidden: number): number =>
      values(() => {
        const mean = tensor(Array.from(teacher.parameters.mean_weight?.data ?? []), [1, 1]);
        const context = {
          conditional: tensor([hidden], [1, 1]),
          unconditional: tensor([0], [1, 1]),
          w: tensor([1.5], [1]),
        };
        const velocity = teacher.velocity({ mean_weight: mean }, context);
        return solve(solvers.heun, velocity, tensor([noise], [1, 1, 1]), uniformTimes(400));
      })[0] ?? Number.NaN;
    const mu = 1 / (teacher.parameters.mean_weight?.data[0] ?? Number.NaN);
    const offset = land(0, mu);
    expect(offset).toBeCloseTo(1.238451, 3);
    expect(land(1, mu) - offset).toBeCloseTo(0.353553, 3);
  });
});
