import { beforeAll, describe, expect, it } from 'vitest';
import type { Student } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { samplerProgram } from '../../../src/distillation/student/program.ts';
import type { SamplerName } from '../../../src/distillation/student/sampler/table.ts';
import {
  type FoundTimes,
  mostSearchForwards,
  searchStudentTimes,
} from '../../../src/distillation/train/search-times.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { DataError } from '../../../src/ground/errors.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { contextFeeds } from '../../../src/heads/context.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';

const [contexts, draws, token] = [12, 3, 2];
const config: HeadConfig = { token, condition: 4, width: 16, depth: 1, timeScale: 32 };
const engine = cpuEngine();
const key = ['times', 'one', 1];

/** A network whose steps bend, so that times matter. */
const parameters: Parameters = Object.fromEntries(
  Object.entries(studentFromScratch(config, 1)).map(([name, { shape, data }]) => {
    const noise = stream('bent', 6, name).normal(data.length);
    return [name, { shape, data: data.map((value, i) => value + 0.25 * (noise[i] ?? 0)) }];
  }),
);

let cache: TrajectoryCache;
beforeAll(async () => {
  const teacher = gaussianTeacher({ token, condition: 4, std: 0.5, unconditionalStd: 1 });
  const solving = { solver: 'heun', steps: 8, keep: 4 } as const;
  cache = await solveTrajectories(teacher, { ...solving, contexts, draws, guidance: { min: 1, max: 2 } }, engine);
});

const search = (names: readonly SamplerName[], counts: readonly number[], own: Partial<Student> = {}) =>
  searchStudentTimes({ student: { parameters, config, ...own }, samplers: names, counts, cache, key, engine });

/** The mean distance of ends from those of the same noise [C, K, D], in ordinary numbers. */
function distance(ends: Float32Array, aims: Float32Array): number {
  const many = ends.length / token;
  let sum = 0;
  for (let k = 0; k < many; k++) sum += norm(ends, k, aims, k);
  return sum / many;
}

const norm = (a: Float32Array, k: number, b: Float32Array, j: number): number =>
  Math.hypot(...Array.from({ length: token }, (_, d) => (a[k * token + d] ?? 0) - (b[j * token + d] ?? 0)));

/** 2·E‖a − b‖ − E‖a − a'‖ over different draws of a context, in ordinary numbers. */
function energy(ends: Float32Array, aims: Float32Array): number {
  let sum = 0;
  for (let c = 0; c < contexts; c++)
    for (let k = 0; k < draws; k++)
      for (let j = 0; j < draws; j++) {
        const [at, other] = [c * draws + k, c * draws + j];
        if (k !== j) sum += 2 * norm(ends, at, aims, other) - norm(ends, at, ends, other);
      }
  return sum / (contexts * draws * (draws - 1));
}

/** The error of a student at its times, through the program that is exported, on paths as the search draws them. */
async function measured(sampler: SamplerName, error: typeof distance, times: readonly number[]): Promise<number> {
  const steps = times.length - 1;
  const own = { [sampler]: { [steps]: times } };
  const { fn, specs } = samplerProgram({ config, sampler, times: own }, steps, draws);
  const rows = stream(...key).permutation(contexts);
  const paths = await cache.batch(rows, draws, 0);
  const statesAt = (place: number): Float32Array =>
    Float32Array.from([...rows].flatMap((_, b) => [...paths.state(b, place)]));
  const noise = { shape: [contexts, draws, token], data: statesAt(0) };
  const fresh = { shape: [contexts, steps - 1, draws, token], data: freshNoise(steps) };
  const program = await compile(fn, specs, { engine, constants: parameters });
  const feeds = { noise, ...contextFeeds(config, paths, 'input'), ...(specs.fresh_noise && { fresh_noise: fresh }) };
  const { sample } = await program.run(feeds).finally(() => program.dispose());
  return error(sample?.data as Float32Array, statesAt(paths.grid.length - 1));
}

/** The search's new noise of all moves but the last, context by context. */
function freshNoise(steps: number): Float32Array {
  const size = draws * token;
  const moves = Array.from({ length: steps - 1 }, (_, i) => stream(...key, 'fresh', i + 1).normal(contexts * size));
  return Float32Array.from(
    Array.from({ length: contexts }, (_, c) =>
      moves.flatMap((all) => [...all.subarray(c * size, (c + 1) * size)]),
    ).flat(),
  );
}

const errors = { 'flow-map': distance, velocity: distance, 'consistency-renoised': energy } as const;
const grid = Array.from({ length: 31 }, (_, i) => (i + 1) / 32);

describe.each(Object.entries(errors) as [SamplerName, typeof distance][])('times searched for %s', (sampler, error) => {
  let found: FoundTimes;
  beforeAll(async () => {
    found = await search([sampler], [1, 2, 3]);
  });

  it('are at two steps the best of the grid, by the program that is exported', async () => {
    const all: number[] = [];
    for (const time of grid) all.push(await measured(sampler, error, [0, time, 1]));
    const [two] = found.searched;
    expect(two?.times).toEqual([0, grid[all.indexOf(Math.min(...all))], 1]);
    expect(two?.times).not.toEqual([0, 0.5, 1]);
    expect(two?.error).toBeCloseTo(Math.min(...all), 5);
    expect(two?.equal).toBeCloseTo(all[15] ?? Number.NaN, 5);
  });

  it('are told with the error that the exported program has at them, and that of equal steps', async () => {
    const three = found.searched[1];
    expect(three).toMatchObject({ sampler, steps: 3 });
    expect(three?.error).toBeCloseTo(await measured(sampler, error, three?.times ?? []), 5);
    expect(three?.equal).toBeCloseTo(await measured(sampler, error, [0, 1 / 3, 2 / 3, 1]), 5);
    expect(three?.error).toBeLessThan(three?.equal ?? Number.NaN);
  });

  it('are those that the student takes, and none of one step', () => {
    const [two, three] = found.searched;
    expect(found.times).toEqual({ [sampler]: { 2: two?.times, 3: three?.times } });
  });
});

describe('a search', () => {
  it('gives the same again', async () => {
    const found = await search(['velocity'], [2, 4]);
    expect(await search(['velocity'], [2, 4])).toEqual(found);
  });

  it('counts the forwards of all that it tries, no more than what is said before', async () => {
    const facts = { contexts, draws };
    const one = { samplers: ['velocity'], counts: [1, 2] } as const;
    expect((await search(one.samplers, one.counts)).forwards).toBe(31 * 2 * contexts * draws);
    expect(mostSearchForwards(one, facts)).toBe(32 * 2 * contexts * draws);
    const several = { samplers: ['flow-map', 'consistency-renoised'], counts: [2, 4] } as const;
    const found = await search(several.samplers, several.counts);
    expect(found.searched.map(({ steps, sampler }) => [sampler, steps])).toEqual([
      ['flow-map', 2],
      ['flow-map', 4],
      ['consistency-renoised', 2],
      ['consistency-renoised', 4],
    ]);
    expect(found.forwards).toBeLessThanOrEqual(mostSearchForwards(several, facts));
  });

  it('takes at most 2,048 paths of a cache, eight of a context', () => {
    const one = { samplers: ['flow-map'], counts: [2] } as const;
    expect(mostSearchForwards(one, { contexts: 100_000, draws: 64 })).toBe(32 * 2 * 256 * 8);
    expect(mostSearchForwards(one, { contexts: 100_000, draws: 1 })).toBe(32 * 2 * 2048);
  });

  it('of a student whose ends are not finite says so', async () => {
    const broken = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v * 1e30) }]),
    );
    await expect(search(['velocity'], [2], { parameters: broken })).rejects.toThrow(DataError);
    await expect(search(['velocity'], [2], { parameters: broken })).rejects.toThrow(
      /^times one 1: the student's ends at the times 0, 0.5, 1: expected finite numbers, got/,
    );
  });
});
