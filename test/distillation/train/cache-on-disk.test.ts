/** A cache that is larger than its budget stays on the disk, and gives the student that it gives from memory. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { openCache } from '../../../src/distillation/trajectory/cache.ts';
import { cacheFacts, shardName } from '../../../src/distillation/trajectory/shard.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
import { trainUsually } from '../../../src/engine/training/usual.ts';
import { readStage } from '../../../src/ground/file/manifest.ts';
import { sha256Tensors } from '../../../src/ground/file/sha256.ts';
import { smallCache } from './small-job.ts';

let base: string;
let cache: string;
/** The bytes of the cache's files. */
let size = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-disk-'));
  cache = join(base, 'cache');
  await smallCache(cache);
  const stage = await readStage(cache, cacheFacts);
  size = stage?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
});
afterAll(() => rm(base, { recursive: true }));

/** Trains a student within a budget; gives its log without times, and the SHA-256 of its weights. */
async function trained(budget: number) {
  const opened = await openCache(cache, { budget });
  const { token, condition } = (await readStage(cache, cacheFacts))?.facts ?? { token: 0, condition: 0 };
  const config = { token, condition, width: 8, depth: 1, timeScale: 32 };
  const training = { batch: 8, draws: 2, steps: 30 };
  const student = { name: 'one', method: 'trajectory', options: {}, training };
  const log: Partial<TrainingLog>[] = [];
  const { average } = await trainUsually(distillationTask(student, 1, config, studentFromScratch(config, 1), opened), {
    ...{ steps: training.steps, logEvery: 10, probeEvery: 10, checkpoint: join(base, `${budget}.safetensors`) },
    onLog: ({ secondsElapsed: _, ...line }) => void log.push(line),
  });
  return { log, weights: sha256Tensors(average) };
}

it('a cache that is a byte larger than its budget gives the student of one that fits', async () => {
  const inMemory = await trained(size);
  expect(inMemory.log.map(({ step }) => step)).toEqual([10, 20, 30]);
  expect(await trained(size - 1)).toEqual(inMemory);
});

it('only what fits is kept: other rows are read when they are asked for', async () => {
  const rows = [3, 0, 17];
  const opened = async (budget: number) => {
    const folder = join(base, `copy-${budget}`);
    await cp(cache, folder, { recursive: true });
    const { batch } = await openCache(folder, { budget });
    await rm(join(folder, shardName(0)));
    return batch(rows, 1, 0);
  };
  expect((await opened(size)).contexts).toBe(3);
  await expect(opened(size - 1)).rejects.toThrow(shardName(0));
});
