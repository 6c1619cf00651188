import { beforeAll, describe, expect, it } from 'vitest';
import { type FitPaths, meanDistance } from '../../../src/distillation/solver/fit-paths.ts';
import { search, searchSolverTimes } from '../../../src/distillation/solver/search.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { fittedSampler, teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import type { SolverName } from '../../../src/heads/solver/table.ts';
import { solvers } from '../../../src/heads/solver/table.ts';
import { leftOpen, nothing } from '../../held.ts';
import { draws, gaussianPaths, mixturePaths, type Solved } from './mixture-paths.ts';

const engine = cpuEngine();
const names = ['euler', 'midpoint', 'ab2', 'dpmpp-2m'] as const;
const worlds: Record<string, Solved> = {};
beforeAll(async () => {
  worlds.mixture = await mixturePaths(32);
  worlds.gaussian = await gaussianPaths(32);
});

const world = (name: string): Solved => {
  const found = worlds[name];
  if (found === undefined) throw new Error(`no world ${name}`);
  return found;
};

const searched = (of: string, solver: SolverName, steps: number) =>
  searchSolverTimes({ ...world(of), solver, steps, key: [], engine });

/** How far the ends are that an evaluation samples: at given times, or in equal steps. */
async function measured(of: string, solver: SolverName, steps: number, paths: FitPaths, times?: readonly number[]) {
  const { teacher } = world(of);
  const sampler = times
    ? await fittedSampler(teacher, draws, { solver, steps, times: [...times] }, engine)
    : await teacherSampler(teacher, draws, solver, steps, engine);
  return meanDistance(await sampler.run(paths).finally(() => sampler.dispose()), paths);
}

describe.each(['mixture', 'gaussian'])('times that are searched on paths of a guided %s', (of) => {
  it.each(names)(
    'of %s are never worse than equal steps, and told with the errors that are sampled',
    async (solver) => {
      const { paths } = world(of);
      for (const steps of [2, 3]) {
        const found = await searched(of, solver, steps);
        expect(found.error).toBeLessThanOrEqual(found.before);
        expect(found.error).toBeCloseTo(await measured(of, solver, steps, paths, found.times), 6);
        expect(found.before).toBeCloseTo(await measured(of, solver, steps, paths), 6);
        const size = { steps, perStep: solvers[solver].evaluations, paths: 32 * draws };
        expect(found.evaluations).toBeLessThanOrEqual(search.most(size));
        expect(found.evaluations % (steps * size.perStep * size.paths)).toBe(0);
      }
    },
  );

  it('are better than equal steps on other paths, too', async () => {
    const { others } = world(of);
    const { times } = await searched(of, 'euler', 4);
    const own = await measured(of, 'euler', 4, others, times);
    expect(own).toBeLessThan(0.9 * (await measured(of, 'euler', 4, others)));
  });
});

it('a search leaves nothing open', async () => {
  expect(await leftOpen(() => searched('gaussian', 'ab2', 2))).toEqual(nothing);
});
