import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { largeWeights } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { solve, uniformTimes } from '../../../src/heads/solver/solver.ts';
import { type SolverName, solvers } from '../../../src/heads/solver/table.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { relativeError, tensor, values } from '../../eager.ts';
import { straightTeacher } from '../../straight-teacher.ts';

const [rows, draws, token, condition, steps] = [3, 2, 2, 2, 4];
const teacher = gaussianTeacher({ token, condition, std: 0.5, unconditionalStd: 1 });
const random = stream('solve-cached');
const input = {
  noise: { shape: [rows, draws, token], data: random.normal(rows * draws * token) },
  conditional: { shape: [rows, condition], data: random.normal(rows * condition) },
  unconditional: { shape: [rows, condition], data: new Float32Array(rows * condition) },
  w: { shape: [rows], data: Float32Array.of(1, 1.5, 2) },
};

it.each(Object.keys(solvers) as SolverName[])('%s in a loop of chunks lands where it does unrolled', async (name) => {
  const solver = await teacherSolver(teacher, draws, { solver: name, steps, keep: 2, chunk: 2 }, cpuEngine());
  const { data } = await solver.paths(input).finally(() => solver.dispose());
  const size = draws * token;
  const ends = Array.from({ length: rows }, (_, row) => [
    ...data.subarray((3 * row + 2) * size, (3 * row + 3) * size),
  ]).flat();
  const expected = values(() => {
    const host = ({ data, shape }: { data: Float32Array; shape: readonly number[] }): tf.Tensor =>
      tensor([...data], [...shape]);
    const parameters = Object.fromEntries(
      Object.entries(teacher.parameters).map(([key, parameter]) => [key, host(parameter)]),
    );
    const { noise, conditional, unconditional, w } = input;
    const context = { conditional: host(conditional), unconditional: host(unconditional), w: host(w) };
    return solve(solvers[name], teacher.velocity(parameters, context), host(noise), uniformTimes(steps));
  });
  expect(relativeError(ends, expected)).toBeLessThan(2e-6);
  expect(solver.forwards).toBe(2 * steps * solvers[name].evaluations);
});

it.each([
  ['1,024 draws', largeWeights - 4, 4, [256, 44]],
  ['128 contexts, where they have more', largeWeights - 4, 16, [128, 128, 44]],
  ['256 of a large head, which is read anew at each', largeWeights, 1, [256, 44]],
])('a call of the program is for %s', async (_, bytes, draws, expected) => {
  const seen: number[] = [];
  const heavy: Teacher = {
    ...straightTeacher(),
    parameters: { weights: { shape: [bytes / 4], data: new Float32Array(bytes / 4) } }, // zeros take no memory
    velocity: () => (x) => {
      seen.push(x.shape[0] ?? 0);
      return tf.zerosLike(x);
    },
  };
  const states = { shape: [300, token], data: new Float32Array(300 * token) };
  const engine = { kind: 'tfjs', provider: 'cpu', threads: 1 } as const;
  const solver = await teacherSolver(heavy, draws, { solver: 'euler', steps: 1, keep: 1 }, engine);
  seen.length = 0; // what tracing called it with
  const noise = { shape: [300, draws, token], data: new Float32Array(300 * draws * token) };
  const w = { shape: [300], data: new Float32Array(300) };
  await solver.paths({ conditional: states, unconditional: states, w, noise }).finally(() => solver.dispose());
  expect(seen).toEqual(expected);
});
