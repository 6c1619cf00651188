import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { noMemory, solve, uniformTimes } from '../../../src/heads/solver/solver.ts';
import { type SolverName, solvers } from '../../../src/heads/solver/table.ts';
import { bendOf } from '../../../src/heads/solver/unipc-2.ts';
import { gaussianTeacher, towards } from '../../../src/teachers/exact/gaussian.ts';
import { tensor, values } from '../../eager.ts';
import * as float64 from './float64-solvers.ts';

/** Where noise 1 lands under N(0, c²): the exact map is x ↦ c·x. */
const landing = (name: SolverName, steps: number, std: number): number => landingAt(name, uniformTimes(steps), std);

const landingAt = (name: SolverName, times: ArrayLike<number>, std: number): number => {
  const velocity = (x: tf.Tensor, t: tf.Tensor): tf.Tensor => towards(x, t, tf.zerosLike(x), std);
  return values(() => solve(solvers[name], velocity, tensor([1], [1, 1, 1]), times))[0] ?? Number.NaN;
};

describe('a step', () => {
  it.each(Object.keys(solvers) as SolverName[])('of %s asks for the velocity as often as it says', (name) => {
    let asked = 0;
    const steps = 5;
    values(() =>
      solve(
        solvers[name],
        (x) => {
          asked++;
          return tf.zerosLike(x);
        },
        tensor([1], [1, 1, 1]),
        uniformTimes(steps),
      ),
    );
    expect(asked).toBe(steps * solvers[name].evaluations);
  });
});

describe('the memory before a first step', () => {
  it('has states of nothing and a time for each context, after which no step begins', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [3, 2, 1]);
    const memory = noMemory(solvers.unipc, x);
    const { x: state = x, time = x } = memory;
    expect(Object.keys(memory)).toEqual(['x', 'data', 'time', 'earlierData', 'earlierTime']);
    expect([state.shape, time.shape]).toEqual([[3, 2, 1], [3]]);
    expect([...state.dataSync(), ...time.dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(noMemory(solvers.euler, x)).toEqual({});
  });
});

describe('the corrector of UniPC', () => {
  it.each([0.05, 0.3, 0.49, 0.51, 1, 4])('is bent by coth(h/2)/h − 2/h² at a step of %d', (h) => {
    const exact = 1 / Math.tanh(h / 2) / h - 2 / (h * h);
    const [bend = Number.NaN] = values(() => bendOf(tensor([h], [1])));
    expect(Math.abs(bend / exact - 1)).toBeLessThan(h < 0.5 ? 1e-6 : 1e-5);
  });
});

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

  it.each([
    ['rk4', float64.rungeKutta4],
    ['ab2', float64.adamsBashforth2],
    ['unipc', float64.unipc2],
  ] as const)('%s agrees with its formulas in float64, in equal steps and others', (name, reference) => {
    const std = 0.3;
    const slope = (x: number, t: number): number =>
      ((t * std * std - (1 - t)) / ((1 - t) ** 2 + t * t * std * std)) * x;
    const equal = (count: number): number[] => Array.from(uniformTimes(count), (_, i) => i / count);
    for (const times of [equal(1), equal(2), equal(5), equal(64), [0, 0.1, 0.15, 0.6, 0.85, 1]])
      expect(landingAt(name, times, std), times.join()).toBeCloseTo(reference(slope, 1, times), 5);
  });

  // Enough steps for the asymptotic order, few enough for float32; the infinite ends of λ cost DPM-Solver++ a
  // logarithm: 1.77 at 128 steps, 1.85 at 1,024.
  it.each([
    ['euler', 32, 0.5],
    ['heun', 16, 0.5],
    ['midpoint', 16, 0.5],
    ['ab2', 32, 0.5],
    ['dpmpp-2m', 64, 0.5],
    ['unipc', 64, 0.5],
    ['rk4', 32, 0.05], // smooth paths are exact to float32 before the order shows
  ] as const)('%s converges with its order', (name, steps, std) => {
    const error = (count: number): number => Math.abs(landing(name, count, std) - std);
    const order = Math.log2(error(steps) / error(2 * steps));
    expect(order).toBeGreaterThan(solvers[name].order - 0.3);
    // midpoint's second-order error cancels here, and Runge–Kutta's paths reach float32's accuracy before they are asymptotic
    if (name !== 'midpoint' && name !== 'rk4') expect(order).toBeLessThan(solvers[name].order + 0.3);
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
