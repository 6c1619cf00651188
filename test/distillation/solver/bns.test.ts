import { beforeAll, describe, expect, it } from 'vitest';
import { bns } from '../../../src/distillation/solver/bns.ts';
import type { Fitted } from '../../../src/distillation/solver/fit.ts';
import { meanDistance, pathsBetween } from '../../../src/distillation/solver/fit-paths.ts';
import { searchSolverTimes } from '../../../src/distillation/solver/search.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { fittedSampler, teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import { nonStationaryOf } from '../../../src/heads/solver/non-stationary.ts';
import { uniformTimes } from '../../../src/heads/solver/solver.ts';
import { solvers } from '../../../src/heads/solver/table.ts';
import { relativeError } from '../../eager.ts';
import { leftOpen, nothing } from '../../held.ts';
import { draws, mixturePaths, type Solved } from './mixture-paths.ts';

const engine = cpuEngine();
const steps = 4;
let solved: Solved;
let found: Fitted;
let open: unknown;
const fitOf = (count: number): Promise<Fitted> =>
  bns.fit({ solver: 'bns', steps: count, ...solved, key: ['test'], engine });

beforeAll(async () => {
  solved = await mixturePaths(128);
  open = await leftOpen(async () => {
    found = await fitOf(steps);
  });
}, 60_000);

/** What an evaluation samples by fitted weights and times. */
async function sampled({ times, weights }: Pick<Fitted, 'times' | 'weights'>, count = steps, paths = solved.others) {
  const own = weights && { weights: weights.map((row) => [...row]) };
  const sampler = await fittedSampler(
    solved.teacher,
    draws,
    { solver: 'bns', steps: count, times: [...times], ...own },
    engine,
  );
  expect(sampler.nfe).toBe(2 * count); // guided, one evaluation a step
  return sampler.run(paths).finally(() => sampler.dispose());
}

describe('a non-stationary solver', () => {
  it('with the weights of Euler lands where Euler does', async () => {
    const own = await nonStationaryOf(solvers.euler, [...uniformTimes(steps)], engine);
    const euler = await teacherSampler(solved.teacher, draws, 'euler', steps, engine);
    const { data } = await euler.run(solved.others).finally(() => euler.dispose());
    expect(relativeError((await sampled(own)).data, data)).toBeLessThan(2e-6);
  });

  it('that is fitted is clearly nearer than Euler at searched times, on paths that it never saw; its error is of a quarter of the contexts', async () => {
    const { times } = await searchSolverTimes({ ...solved, solver: 'euler', steps, key: [], engine });
    const euler = await fittedSampler(solved.teacher, draws, { solver: 'euler', steps, times: [...times] }, engine);
    const ends = await euler.run(solved.others).finally(() => euler.dispose());
    const own = meanDistance(await sampled(found), solved.others);
    expect(own).toBeLessThan(0.6 * meanDistance(ends, solved.others));
    expect(found.error).toBeLessThan(0.7 * found.before); // on the paths that are kept apart
    const apart = pathsBetween(solved.paths, 0, 32);
    expect(meanDistance(await sampled(found, steps, apart), apart)).toBeCloseTo(found.error, 6);
  });

  it('has rising times, a row of weights a step, and tells what it started as', () => {
    expect(found.times).toHaveLength(steps + 1);
    expect([found.times[0], found.times.at(-1)]).toEqual([0, 1]);
    expect([...found.times].sort((a, b) => a - b)).toEqual(found.times);
    expect(found.weights?.map((row) => row.length)).toEqual([2, 3, 4, 5]);
    expect(Object.keys(solvers)).toContain(found.from);
    expect(found.updates).toBe(600);
  });

  it('counts the evaluations that it took, no more than what is said before, and leaves nothing open', () => {
    const training = 3 * 600 * 128 * steps;
    expect(found.evaluations).toBeGreaterThan(training);
    expect(found.evaluations).toBeLessThanOrEqual(bns.most({ steps, perStep: 1, paths: 128 * draws }));
    expect(open).toEqual(nothing);
  });

  it('of one step has two weights of its own, the same of the same paths', async () => {
    const one = await fitOf(1);
    expect(one.times).toEqual([0, 1]);
    expect(one.weights?.map((row) => row.length)).toEqual([2]);
    expect(one.error).toBeLessThan(one.before);
    expect(await fitOf(1)).toEqual(one);
  });
});
