/** A network in several memories is trained as in one: the same log, the same checkpoints, in any change between them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import type { TrainingOptions } from '../../../src/engine/training/task.ts';
import { EngineError } from '../../../src/ground/errors.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { parameters, trainedTo } from './two-networks.ts';

const most = 1088; // the largest tensor's 1056 numbers, and less than a bias more

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-memories-'));
});
afterAll(() => rm(base, { recursive: true }));

/** Trains to a step; gives its log, and the SHA-256 of the checkpoint. */
async function trained(name: string, changes: Partial<TrainingOptions>) {
  const checkpoint = join(base, name);
  const { log } = await trainedTo(checkpoint, changes);
  return { log, checkpoint: await sha256File(checkpoint) };
}

describe.each(['adamw', 'muon'] as const)('training over six memories by %s', (optimizer) => {
  it('gives the log and the checkpoint of one memory', async () => {
    expect(layoutOf(parameters, most).sizes).toHaveLength(6);
    const one = await trained(`one-${optimizer}`, { optimizer });
    expect(await trained(`six-${optimizer}`, { optimizer, mostOfMemory: most })).toEqual(one);
    expect(one.log).toHaveLength(8);
  });

  it('goes on at a checkpoint of one memory, and the other way round', async () => {
    const one = await trained(`whole-${optimizer}`, { optimizer });
    for (const [first, then] of [
      [{ mostOfMemory: most }, {}],
      [{}, { mostOfMemory: most }],
    ]) {
      const name = `${optimizer}-${first?.mostOfMemory}`;
      const { log } = await trained(name, { optimizer, steps: 4, ...first });
      const { log: rest, checkpoint } = await trained(name, { optimizer, ...then });
      expect([...log, ...rest].map(({ loss }) => loss)).toEqual(one.log.map(({ loss }) => loss));
      expect(checkpoint).toBe(one.checkpoint);
    }
  });
});

it('a tensor that no memory holds ends a training before it begins', async () => {
  const begun = trained('none', { mostOfMemory: 1040 });
  await expect(begun).rejects.toThrow(EngineError);
  await expect(begun).rejects.toThrow(
    'training: tensor beside/res_blocks.0.mlp.0.weight: expected at most 1040 numbers, which is what one memory holds, got 1056',
  );
});
