/** The held-out set of a cache: of contexts that training never sees, whatever the teacher. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { PathSet, TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { heldOutSizes } from '../../../src/distillation/trajectory/held-out.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { captureSource } from '../../../src/teachers/capture/source.ts';
import { imageDataSets } from '../../../src/teachers/data/table.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { imageTeacher } from '../../../src/teachers/image/teacher.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { straightTeacher } from '../../straight-teacher.ts';
import { tinyImageTeacher } from '../../tiny-image-teacher.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const guidance = { min: 1, max: 1 };
const solving = { solver: 'euler', steps: 2, keep: 2, draws: 2, guidance } as const;

/** The hidden states of a set as text, a context each. */
async function statesOf(set: PathSet | undefined): Promise<string[]> {
  if (set === undefined) throw new Error('expected a set');
  const { contexts } = set.facts;
  const { conditional } = await set.batch(
    Array.from({ length: contexts }, (_, row) => row),
    1,
    0,
  );
  const width = conditional.data.length / contexts;
  return Array.from({ length: contexts }, (_, row) => conditional.data.slice(row * width, (row + 1) * width).join());
}

const shared = async ({ heldOut, ...trained }: TrajectoryCache): Promise<string[]> => {
  const seen = new Set(await statesOf(trained));
  return (await statesOf(heldOut)).filter((state) => seen.has(state));
};

it('is a sixteenth of the paths, from 8 to 64 contexts of 16 draws', () => {
  const sizes = [
    [40, 2],
    [2048, 4],
    [65_536, 8],
  ].map(([contexts = 0, draws = 0]) => heldOutSizes({ contexts, draws }));
  expect(sizes.map(({ contexts }) => contexts)).toEqual([8, 32, 64]);
  expect(sizes.map(({ draws }) => draws)).toEqual([16, 16, 16]);
});

describe('the held-out contexts', () => {
  const heldOut = { contexts: 40, draws: 3 };

  it('of a teacher without data share none with training', async () => {
    const teacher = gaussianTeacher({ token: 2, condition: 3, std: 0.5, unconditionalStd: 1 });
    const cache = await solveTrajectories(teacher, { ...solving, contexts: 60, heldOut }, engine);
    expect(await shared(cache)).toEqual([]);
    expect(cache.heldOut?.facts).toEqual(heldOut);
    expect((await cache.heldOut?.batch([0], 3, 0))?.state(0, 2)).toHaveLength(3 * 2);
  });

  it('of a capture are of its test rows alone, which come again where they are few', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-held-out-'));
    const rows = 60;
    const data = Float32Array.from({ length: rows * 2 }, (_, i) => Math.floor(i / 2) + (i % 2) / 4);
    await writeSafetensors(join(folder, 'capture.safetensors'), { conditional: { shape: [rows, 2], data } });
    const source = await captureSource(folder);
    const teacher: Teacher = { ...straightTeacher(), contexts: source.contexts };
    const cache = await solveTrajectories(teacher, { ...solving, contexts: rows, heldOut }, engine);
    expect(await shared(cache)).toEqual([]);
    const distinct = new Set(await statesOf(cache.heldOut));
    expect(distinct.size).toBeGreaterThan(0);
    expect(distinct.size).toBeLessThan(heldOut.contexts);
    await rm(folder, { recursive: true });
  });

  it('are asked for under a key that is neither training’s nor the evaluation’s', async () => {
    const teacher = straightTeacher();
    await solveTrajectories(teacher, { ...solving, contexts: 4, seed: 5, freeRunning: 0.25, heldOut }, engine);
    const asked = teacher.asked.map(({ key, split, freeRunning, apart }) => ({ key, split, freeRunning, apart }));
    expect(asked).toEqual([
      { key: ['trajectories', 5, 0], split: 'train', freeRunning: 0.25, apart: undefined },
      { key: ['held-out', 5, 'contexts'], split: 'test', freeRunning: 0.25, apart: true },
    ]);
  });

  it('of digits are of test images alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-held-out-'));
    await tinyImageTeacher(folder);
    const teacher = await imageTeacher(folder, engine);
    const load = vi.spyOn(imageDataSets.mnist, 'load');
    await solveTrajectories(teacher, { ...solving, contexts: 8, heldOut: { contexts: 8, draws: 2 } }, engine);
    expect(load.mock.calls).toEqual([['train'], ['test']]);
    await teacher.dispose();
    await rm(folder, { recursive: true });
  });
});
