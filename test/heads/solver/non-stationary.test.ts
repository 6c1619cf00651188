import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { nonStationaryOf, solveNonStationary } from '../../../src/heads/solver/non-stationary.ts';
import { solve } from '../../../src/heads/solver/solver.ts';
import { type SolverName, solvers } from '../../../src/heads/solver/table.ts';
import { relativeError, tensor, values } from '../../eager.ts';

const times = [0, 0.125, 0.5, 0.875, 1];
const ofOne = (Object.keys(solvers) as SolverName[]).filter((name) => solvers[name].evaluations === 1);

/** A velocity that is linear in nothing. */
const bent = (x: tf.Tensor, t: tf.Tensor): tf.Tensor => tf.sin(tf.add(tf.square(x), tf.reshape(t, [-1, 1, 1])));
const noise = () => tensor([0.3, -1.2, 2, 0.7, -0.1, 1.5], [3, 1, 2]);

const flat = (weights: readonly (readonly number[])[]): number[] =>
  weights.flatMap((row) => [...row, ...Array.from({ length: weights.length + 1 - row.length }, () => Number.NaN)]);

describe('a solver of one evaluation a step as a non-stationary one', () => {
  it.each(ofOne)('lands where %s does, at uneven times', async (name) => {
    const { weights } = await nonStationaryOf(solvers[name], times, cpuEngine());
    const found = values(() =>
      solveNonStationary(
        bent,
        noise(),
        tensor(times.slice(0, -1), [4]),
        tensor(
          flat(weights).map((value) => (Number.isNaN(value) ? 7 : value)), // is not read
          [4, 5],
        ),
      ),
    );
    expect(
      relativeError(
        found,
        values(() => solve(solvers[name], bent, noise(), times)),
      ),
    ).toBeLessThan(2e-6);
  });

  it('has a row a step: of the noise, then of the slopes until then', async () => {
    const { weights } = await nonStationaryOf(solvers.euler, [0, 0.25, 1], cpuEngine());
    expect(weights).toEqual([
      [1, 0.25],
      [1, 0.25, 0.75],
    ]);
    const multistep = await nonStationaryOf(solvers.ab2, [0, 0.5, 1], cpuEngine());
    expect(multistep.weights).toEqual([
      [1, 0.5],
      [1, 0.25, 0.75], // 1/2 + (1/2)·(−1/2) and (1/2)·(3/2)
    ]);
  });
});
