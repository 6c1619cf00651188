/** Ends of the system's own sampler in the cache: whose they are, of which noise, under which contexts, at what cost. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateCost } from '../../../src/command-line/cost/estimate.ts';
import { silentProgress } from '../../../src/command-line/progress.ts';
import { cacheOf, openCache } from '../../../src/distillation/trajectory/cache.ts';
import { ownEndsOf, statesAt } from '../../../src/distillation/trajectory/drawn-paths.ts';
import { cacheForwards, generateTrajectories } from '../../../src/distillation/trajectory/generate.ts';
import { type ShardJob, shardOrigin } from '../../../src/distillation/trajectory/job.ts';
import { ownForwards } from '../../../src/distillation/trajectory/own-ends.ts';
import {
  readShard,
  type Shard,
  shardBytes,
  shardName,
  writeShard,
} from '../../../src/distillation/trajectory/shard.ts';
import { type SolveRequest, solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine, type Engine } from '../../../src/engine/graph/program.ts';
import { UsageError } from '../../../src/ground/errors.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadTeacher, teacherSource } from '../../../src/teachers/load.ts';
import { synthesize } from '../../../src/teachers/synthesis/synthesize.ts';
import { ownEndAt, ownTeacher } from '../../own-teacher.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { shiftAt, straightTeacher } from '../../straight-teacher.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const [contexts, draws, ownEnds, token] = [4, 2, 3, 2];
const request = {
  ...({ solver: 'euler', steps: 2, keep: 2, seed: 5, guidance: { min: 2, max: 2 } } as const),
  ...{ contexts, draws, ownEnds, heldOut: { contexts: 3, draws: 2, ownEnds: 4 } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-own-ends-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('own ends', () => {
  it('are of the own sampler, each under its own context, from noise of their own key; paths stay the flow’s', async () => {
    const teacher = ownTeacher();
    const cache = await solveTrajectories(teacher, request, engine);
    const sets = [
      [cache, 'train', ownEnds, ['trajectories', 5, 0]],
      [cache.heldOut, 'test', 4, ['held-out', 5, 'contexts']],
    ] as const;
    for (const [set, split, count, key] of sets) {
      const rows = set?.facts.contexts ?? 0;
      const batch = await set?.batch(Array.from({ length: rows }, (_, row) => row).reverse(), draws, 0);
      if (batch === undefined) throw new Error('expected a set');
      expect([set?.facts.ownEnds, batch.ownEnds?.draws]).toEqual([count, count]);
      const noise = stream(...key, 'own ends', 'noise').normal(rows * count * token);
      const ends = ownEndsOf(batch);
      expect(ends.shape).toEqual([rows, count, token]);
      for (const [i, end] of ends.data.entries()) {
        const [row, within] = [rows - 1 - Math.floor(i / (count * token)), i % (count * token)];
        const start = noise[row * count * token + within] ?? Number.NaN;
        expect(end).toBeCloseTo(ownEndAt(split, row, i % token, start), 1);
      }
      const [from, to] = [statesAt(batch, 0), statesAt(batch, 2)];
      for (const [i, state] of to.data.entries()) {
        const row = rows - 1 - Math.floor(i / (draws * token));
        expect(state - (from.data[i] ?? 0)).toBeCloseTo(shiftAt(split, row, i % token, 2), 2);
      }
    }
    expect(teacher.opened).toEqual([
      ['trajectories', 5, 0, 'own ends'],
      ['held-out', 5, 'contexts', 'own ends'],
    ]);
    expect(teacher.closed).toHaveLength(2);
  });

  it('leave contexts, guidance and paths as they are without them', async () => {
    const of = async (asked: SolveRequest) => {
      const {
        state,
        ownEnds: _,
        ...batch
      } = await (await solveTrajectories(ownTeacher(), asked, engine)).batch([1], 2, 0);
      return { ...batch, states: [...state(0, 0), ...state(0, 2)] };
    };
    const { ownEnds: _, ...without } = request;
    expect(await of(request)).toEqual(await of(without));
  });

  it('are refused with a teacher that has none, by its name and before any work', async () => {
    const teacher = straightTeacher();
    const refused =
      "trajectories.ownEnds: expected none with the teacher straight: no system's own sampler is known of it";
    await expect(solveTrajectories(teacher, request, engine)).rejects.toThrow(refused);
    expect(teacher.asked).toEqual([]);
    const recipe = smallRecipe();
    const asked = { ...recipe, trajectories: { ...recipe.trajectories, ownEnds: 2 } };
    const generating = generateTrajectories(asked, teacher, { folder: join(folder, 'none'), progress: silentProgress });
    await expect(generating).rejects.toThrow(UsageError);
    await expect(generating).rejects.toThrow(refused);
    expect(await readdir(folder)).not.toContain('none');
  });

  it('that are not finite are not written, and said to be the own sampler’s', async () => {
    const column = (value: number) => ({ shape: [2, 1], data: new Float32Array(2).fill(value) });
    const scalars = { shape: [2], data: new Int32Array(2) };
    const shard: Shard = {
      ...{ conditional: column(3), unconditional: column(0), w: { shape: [2], data: new Float32Array(2) } },
      ...{ position: scalars, provenance: scalars, times: { shape: [2], data: Float32Array.of(0, 1) } },
      states: { shape: [2, 2, 1, 1], data: new Float32Array(4) },
      ownEnds: { shape: [2, 2, 1], data: Float32Array.of(0, 1, Number.NaN, 3) },
    };
    await expect(writeShard(join(folder, 'odd.safetensors'), shard, {})).rejects.toThrow(
      "tensor ownEnds: expected finite numbers, got NaN in context 1; the system's own sampler left float32 under a hidden state of up to 3.00",
    );
    expect(cacheOf({ contexts: 2, draws: 1 }, [shard]).facts.ownEnds).toBeUndefined();
  });
});

describe('the cost of own ends', () => {
  const { trajectories } = smallRecipe(); // 40 contexts of 2 paths, 8 steps of heun; 8 contexts of 16 are held out
  const own = { steps: 100, evaluations: 3 };

  it('is that of their sampler’s guided evaluations, beside the paths, those held out included', () => {
    expect([ownForwards({ own }), ownForwards({ own, evaluations: 1 }), ownForwards({})]).toEqual([600, 300, 0]);
    const paths = (40 * 2 + 8 * 16) * 2 * 8 * 2;
    expect(cacheForwards(trajectories, { own })).toBe(paths);
    expect(cacheForwards({ ...trajectories, ownEnds: 5 }, { own })).toBe(paths + (40 * 5 + 8 * 16) * 600);
  });

  it('on the disk is a token each', () => {
    const sizes = { draws: 2, keep: 4, token: 3, condition: 4 };
    expect(shardBytes(10, { ...sizes, ownEnds: 5 }) - shardBytes(10, sizes)).toBe(10 * 5 * 3 * 4);
  });

  it('is part of a shard’s origin where there are any, which is else as it was', () => {
    const job = { ...request, index: 0, rows: 4, freeRunning: 0, engine, path: '' };
    const { ownEnds: count, ...origin } = shardOrigin(job as unknown as ShardJob, { hash: 'x' });
    expect(count).toBe('3');
    const { ownEnds: _, ...without } = job;
    expect(shardOrigin(without as unknown as ShardJob, { hash: 'x' })).toEqual(origin);
  });
});

describe('a cache with the ends of a MAR head', { timeout: 120_000 }, () => {
  const shardsIn = async (from: string) => {
    const names = (await readdir(from)).filter((name) => name.endsWith('.safetensors')).sort();
    return Promise.all(names.map(async (name) => [name, await readFile(join(from, name), 'base64')] as const));
  };

  it('has the same bytes when some shards are made again, in memory and row by row, and other ends than the flow’s', async () => {
    const made = { family: 'mar', out: join(folder, 'mar'), seed: 1, rows: 64, steps: 2 } as const;
    const { teacher: path, capture } = await synthesize({ ...made, engine: cpuEngine(), progress: silentProgress });
    const recipe = smallRecipe(
      `teacher={kind: imported, path: ${path}}`,
      `data={kind: capture, path: ${capture}}`,
      ...['guidance=2', 'evaluation.guidance=2', 'trajectories.ownEnds=3', 'trajectories.contexts=12'],
      'students=[{name: one, method: trajectory, training: {steps: 4, batch: 16}}]',
    );
    const source = teacherSource(recipe);
    const teacher = await loadTeacher(source, cpuEngine());
    const whole = join(folder, 'whole');
    const facts = await generateTrajectories(recipe, teacher, { folder: whole, progress: silentProgress });
    const expected = await shardsIn(whole);
    expect(facts).toMatchObject({ ownEnds: 3, heldOut: { contexts: 8, draws: 16, ownEnds: 16 } });
    expect(facts.forwards).toBe((12 * 2 + 8 * 16) * 2 * 8 * 2 + (12 * 3 + 8 * 16) * 2 * 100);
    const bytes = expected.reduce((sum, [, text]) => sum + Buffer.byteLength(text, 'base64'), 0);
    const { parts, cacheBytes } = estimateCost(recipe, teacher);
    expect(parts[0]).toMatchObject({ name: 'trajectories', forwards: facts.forwards });
    expect(cacheBytes / bytes).toBeGreaterThan(0.8); // headers come on top, and shards are small here
    expect(cacheBytes).toBeLessThan(bytes);
    for (const name of ['manifest.json', shardName(1), shardName('held-out')]) await rm(join(whole, name));
    await generateTrajectories(recipe, teacher, { folder: whole, progress: silentProgress });
    expect(await shardsIn(whole)).toEqual(expected);

    const batches = [];
    for (const budget of [1e9, 0])
      batches.push(ownEndsOf(await (await openCache(whole, { budget })).batch([11, 0, 8], 1, 0)));
    expect(batches[1]).toEqual(batches[0]);
    const { ownEnds: ends, ...first } = await readShard(join(whole, shardName(0)));
    expect(batches[0]?.data.subarray(24, 48)).toEqual(ends?.data.subarray(0, 24)); // row 0 is asked for second
    const sampler = await teacher.own?.open(cpuEngine(), ['trajectories', 1, 0, 'own ends']);
    const noise = { shape: [8, 3, 8], data: stream('trajectories', 1, 0, 'own ends', 'noise').normal(8 * 3 * 8) };
    expect(ends).toEqual(await sampler?.ends({ ...first, noise }));
    await sampler?.dispose();
  });
});
