import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import type { HeadSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import { measureSpeed, measureSpeeds } from '../../../src/evaluation/stage/speed-job.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { teacherSource } from '../../../src/teachers/load.ts';
import type { SolveInput } from '../../../src/teachers/solve/teacher-solver.ts';
import type { ImageRequest } from '../../../src/teachers/teacher.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';
import { pairModel } from './pair-model.ts';

const [token, guidance] = [2, 3];
const solver = { kind: 'solver', name: 'teacher euler', method: 'euler', steps: 2, seed: 1 } as const;

describe('the speed of a row', () => {
  const calls: SolveInput[] = [];
  let milliseconds = 0;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    milliseconds = 0;
    calls.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const sampler: HeadSampler = {
    nfe: 1,
    run: async (input) => {
      calls.push(input);
      vi.advanceTimersByTime(milliseconds);
      return input.noise;
    },
    dispose: async () => {},
  };

  it('is of the images that were timed, with the head’s share of them and Amdahl’s limit', async () => {
    const requests: ImageRequest[] = [];
    const teacher = { ...straightTeacher(), images: pairModel(requests) };
    const speed = await measureSpeed(sampler, teacher, { guidance, batches: [] });
    expect(speed.imagesPerSecond).toBeCloseTo(100, 6); // 10 ms an image, however many are drawn side by side
    expect(speed.headShare).toBeCloseTo(0.6, 6);
    expect(speed.amdahlLimit).toBeCloseTo(2.5, 6);
    expect(requests.map(({ labels }) => labels.length)).toEqual([8, 64, 64, 64, 64, 64]); // to warm up, and timed
    const images = stream('speed', 'images').normal(64 * 2 * token);
    expect(requests[1]?.noise).toEqual({ shape: [64, 2, token], data: images });
    expect(requests[0]?.noise).toEqual({ shape: [8, 2, token], data: images.subarray(0, 8 * 2 * token) });
    expect([...(requests[0]?.labels ?? [])]).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
  });

  it('is that of the time in the middle of five', async () => {
    const model = pairModel([]);
    const seconds = [9, 8, 3, 1, 2, 4]; // the first is to warm up
    const generate: typeof model.generate = async (request, head) => {
      const { images } = await model.generate(request, head);
      const all = seconds.shift() ?? Number.NaN;
      return { images, seconds: all, headSeconds: all / 4 };
    };
    const teacher = { ...straightTeacher(), images: { ...model, generate } };
    const { imagesPerSecond, headShare } = await measureSpeed(sampler, teacher, { guidance, batches: [] });
    expect([imagesPerSecond, headShare]).toEqual([64 / 3, 0.25]);
  });

  it('has a latency for each batch size, of calls of that size at the guidance', async () => {
    const { latency, imagesPerSecond } = await measureSpeed(sampler, straightTeacher(), { guidance, batches: [1, 5] });
    expect(imagesPerSecond).toBeUndefined();
    expect(latency.map(({ batch }) => batch)).toEqual([1, 5]);
    expect(calls).toHaveLength(2 * (3 + 2 + 200));
    const { noise: drawn, conditional, unconditional, w } = calls.at(-1) ?? { noise: undefined };
    expect([drawn?.shape, conditional?.shape, unconditional?.shape]).toEqual([
      [5, 1, token],
      [5, token],
      [5, token],
    ]);
    expect(w).toEqual({ shape: [5], data: new Float32Array(5).fill(guidance) });
    const random = stream('speed', 5);
    expect([drawn?.data, conditional?.data, unconditional?.data]).toEqual(
      [0, 1, 2].map(() => random.normal(5 * token)),
    );
  });

  it.each([
    [0, 200],
    [1, 200],
    [2, 100],
    [4, 50],
    [8, 25],
    [40, 20],
  ])('has as many calls of %d ms as fit into 200 ms, 20 to 200', async (each, expected) => {
    milliseconds = each;
    const { latency } = await measureSpeed(sampler, straightTeacher(), { guidance, batches: [2] });
    expect(latency).toEqual([{ batch: 2, calls: expected, p50: each, p90: each, p99: each }]);
    expect(calls).toHaveLength(3 + 2 + expected);
  });

  it('is measured row by row, and told after each', async () => {
    vi.useRealTimers();
    const rows = [1, 2].map((steps) => ({ row: { ...solver, steps } }));
    const told: number[] = [];
    const job = { teacher: teacherSource(smallRecipe()), engine: cpuEngine(), rows, guidance, batches: [3] };
    const speeds = await measureSpeeds(job, (done) => told.push(done));
    expect(speeds.map(({ latency }) => latency.map(({ batch }) => batch))).toEqual([[3], [3]]);
    expect(told).toEqual([1, 2]);
  });
});
