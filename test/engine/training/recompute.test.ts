import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { runModule } from '../../other-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-recompute-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.skipIf(process.platform !== 'linux')(
  'a training that computes activations again takes less memory, to the same bytes',
  async () => {
    const peakOf = async (which: 'keep' | 'recompute'): Promise<number> => {
      const { ended } = runModule(new URL('deep-step.ts', import.meta.url), [join(folder, which), which]);
      const { code, stdout, stderr } = await ended;
      expect([code, stderr]).toEqual([0, '']);
      return Number(stdout) / 1024;
    };
    const [kept, again] = [await peakOf('keep'), await peakOf('recompute')];
    expect(kept - again).toBeGreaterThan(50); // MiB of 120; 24 layers of 8 MiB, and what onnxruntime lays out beside them
    expect(await sha256File(join(folder, 'recompute'))).toBe(await sha256File(join(folder, 'keep')));
  },
);
