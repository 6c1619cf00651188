import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentProgress } from '../../../src/command-line/progress.ts';
import { openCache } from '../../../src/distillation/trajectory/cache.ts';
import { generateTrajectories, shardJobs } from '../../../src/distillation/trajectory/generate.ts';
import { shardName } from '../../../src/distillation/trajectory/shard.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { createPool } from '../../../src/ground/pool/pool.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { leftOpen, nothing, threadsOf } from '../../held.ts';
import { killWhen, runModule } from '../../other-process.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { smallCache } from '../train/small-job.ts';
import type { DyingJob } from './dying-worker.ts';

let base: string;
/** A complete cache, made without interruption by one worker. */
let whole: string;
let folder: string;
let made = 0;
/** Its shards. */
let expected: Record<string, string>;

async function generate(into: string, progress = recordedProgress(), set: readonly string[] = []) {
  const chosen = smallRecipe(...set);
  const teacher = await loadTeacher(chosen.teacher, chosen.engine);
  const facts = await generateTrajectories(chosen, teacher, { folder: into, progress });
  return { facts, progress };
}

/** The shards in a folder by name, as text. */
async function shards(from: string): Promise<Record<string, string>> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.safetensors')).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(from, name), 'base64')] as const)),
  );
}

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  await writeFile(path, bytes);
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-trajectories-'));
  whole = join(base, 'whole');
  await generate(whole);
  expected = await shards(whole);
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => {
  folder = join(base, `cache-${made++}`);
});

describe('the trajectory cache', () => {
  it('has the same bytes with two workers as with one', async () => {
    expect(Object.keys(expected)).toEqual(['held-out.safetensors', ...[0, 1, 2, 3, 4].map(shardName)]);
    const making = () => generate(folder, recordedProgress(), ['engine.workers=2']);
    expect(await leftOpen(making)).toEqual(nothing);
    expect(await shards(folder)).toEqual(expected);
  });

  it('has the same bytes when its process was killed in the middle of a shard', async () => {
    const started = runModule(new URL('./generate-small.ts', import.meta.url), [folder]);
    expect(await killWhen(started, () => existsSync(join(folder, shardName(1))))).toBe(true);
    expect(existsSync(join(folder, 'manifest.json'))).toBe(false);
    const { progress } = await generate(folder);
    expect(await shards(folder)).toEqual(expected);
    const [before = 0] = progress.stages[0]?.advances ?? [];
    expect(before).toBeGreaterThanOrEqual(16);
    expect(progress.stages[0]?.advances.at(-1)).toBe(40);
  });

  it('has the same bytes when a worker ends in the middle of a shard, which is made by another', async () => {
    const jobs = shardJobs(smallRecipe(), folder)
      .slice(0, 2)
      .map((job) => ({ ...job, marker: join(base, `marker-${made}`) }));
    const pool = createPool<DyingJob, void>(new URL('./dying-worker.ts', import.meta.url), {
      workers: 1,
      attempts: 2,
    });
    await pool.all(jobs).finally(() => pool.close());
    const names = [0, 1].map(shardName);
    expect(await shards(folder)).toEqual(Object.fromEntries(names.map((name) => [name, expected[name]])));
  });
});

describe('a cache that is not complete', () => {
  it('gets every damaged or missing shard made again, and no other', async () => {
    await cp(whole, folder, { recursive: true });
    await rm(join(folder, 'manifest.json'));
    const [heldOut, data, metadata, header, cut, kept] = Object.keys(expected).map((name) => join(folder, name));
    await flipByte(heldOut ?? '', -9);
    await flipByte(data ?? '', -5);
    await flipByte(metadata ?? '', 30);
    await writeFile(header ?? '', 'not a header at all');
    await truncate(cut ?? '', 600);
    const { mtimeMs } = await stat(kept ?? '');
    const progress = recordedProgress();
    expect(await threadsOf(() => generate(folder, progress))).toBe(1); // of the recipe
    expect(await shards(folder)).toEqual(expected);
    expect((await stat(kept ?? '')).mtimeMs).toBe(mtimeMs);
    expect(progress.stages).toEqual([{ name: 'trajectories', total: 40, advances: [8, 8, 16, 24, 32, 40] }]); // held-out ones do not count
    expect(progress.over).toEqual(['trajectories']);
  });
});

describe('a cache that lacks its manifest alone', () => {
  it('gets it without a worker', async () => {
    await cp(whole, folder, { recursive: true });
    await rm(join(folder, 'manifest.json'));
    const progress = recordedProgress();
    expect(await threadsOf(() => generate(folder, progress))).toBe(0);
    expect(progress.stages).toEqual([{ name: 'trajectories', total: 40, advances: [40] }]);
    expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
  });
});

describe('a complete cache', () => {
  it('is not made again', async () => {
    const { facts, progress } = await generate(whole);
    expect(progress.stages).toEqual([]);
    expect(facts.heldOut).toEqual({ contexts: 8, draws: 16 });
    expect(facts.forwards).toBe((40 * 2 + 8 * 16) * 2 * 8 * 2); // paths, guidance, steps, evaluations of heun
  });

  it('of an earlier version, without a held-out set, stays as it is and opens', async () => {
    await smallCache(folder, { heldOut: false });
    const { facts, progress } = await generate(folder);
    expect([facts.heldOut, progress.stages]).toEqual([undefined, []]);
    expect((await openCache(folder)).heldOut).toBeUndefined();
    expect(Object.keys(await shards(folder))).toEqual([0, 1, 2, 3, 4].map(shardName));
  });

  it('with another byte is refused with its shard and what to do', async () => {
    await cp(whole, folder, { recursive: true });
    const shard = join(folder, shardName(3));
    await flipByte(shard, -1);
    const error = await openCache(folder).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`${shard}: is damaged: its content is not what was written`);
    expect(error.message).toContain(`delete ${join(folder, 'manifest.json')} and run the same command again`);
  });

  it('gives the same batches whether it is kept in memory or read row by row', async () => {
    const rows = [39, 0, 17, 0, 8, 25];
    const batches = [];
    for (const budget of [1e9, 0]) {
      const { state, ...batch } = await (await openCache(whole, { budget })).batch(rows, 1, 1);
      const states = rows.map((_, b) => Array.from(batch.grid, (_, g) => [...state(b, g)]));
      batches.push({ ...batch, states });
    }
    expect(batches[0]?.conditional.shape).toEqual([6, 4]);
    expect(new Set(batches[0]?.states.map(String)).size).toBe(5); // the row that is asked for twice is the same twice
    expect(batches[1]).toEqual(batches[0]);
  });

  it('of another teacher is refused', async () => {
    const other = gaussianTeacher({ token: 3, condition: 4, std: 0.4, unconditionalStd: 1 });
    const generating = generateTrajectories(smallRecipe(), other, { folder: whole, progress: silentProgress });
    await expect(generating).rejects.toThrow(FileError);
    await expect(generating).rejects.toThrow(`it has changed since; delete ${base} to distil it as it is now`);
  });
});
