import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { distill } from '../../src/distill.ts';
import { readStudent } from '../../src/distillation/student/file.ts';
import { cpuEngine } from '../../src/engine/graph/program.ts';
import { DataError } from '../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { synthesize } from '../../src/teachers/synthesis/synthesize.ts';
import { smallRun } from '../small-recipe.ts';

const home = process.cwd();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-captured-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** A synthetic head and a recipe on its capture, whose files may be changed first. */
async function captureRun(name: string, change: (file: string) => Promise<void>, ...set: string[]) {
  const made = { family: 'mar', out: name, seed: 1, rows: 64, steps: 2, engine: cpuEngine() } as const;
  const { teacher, capture } = await synthesize({ ...made, progress: silentProgress });
  for (const file of await readdir(capture)) await change(join(capture, file));
  return smallRun(
    `teacher={kind: imported, path: ${teacher}}`,
    `data={kind: capture, path: ${capture}}`,
    'students=[{name: one, method: trajectory, training: {steps: 4, batch: 16, learningRate: 1.0e-3}}]',
    'guidance=2',
    'evaluation.guidance=2',
    ...set,
  );
}

/** Writes a capture's file anew with other tensors. */
const rewritten = (of: (tensors: Record<string, HostTensor>) => Record<string, HostTensor>) => async (file: string) => {
  if (file.endsWith('.safetensors')) await writeSafetensors(file, of(await readSafetensors(file)));
};

describe('a run on a capture that cannot serve', { timeout: 120_000 }, () => {
  const failure = (resolved: Awaited<ReturnType<typeof captureRun>>) =>
    distill(resolved, { progress: silentProgress, command: 'x' }).catch((error) => error);

  it('without what guidance asks for ends before a worker starts', async () => {
    const without = rewritten(({ unconditional: _, ...rest }) => rest);
    const error = await failure(await captureRun('without', without));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain('expected a tensor named unconditional for guidance 2 to 2, found none');
    expect(
      await readdir('runs').then((runs) => runs.map((run) => existsSync(join('runs', run, 'trajectories')))),
    ).toEqual([false]);
  });
});

describe('a run on a capture', () => {
  it('distils an imported head from recipe to report', { timeout: 120_000 }, async () => {
    const resolved = await captureRun('mar', async () => undefined);
    const { evaluation, students } = await distill(resolved, { progress: silentProgress, command: 'x' });
    expect(evaluation.rows.map(({ name, steps }) => [name, steps])).toEqual([
      ['teacher', 8],
      ['teacher own sampler', 100],
      ['one', 1],
    ]);
    const [teacher, own, student] = evaluation.rows;
    expect(own).toMatchObject({ kind: 'solver', method: 'ddpm', own: true, nfe: 200 });
    expect(own?.quality.endpointError).toBeUndefined(); // from noise of its own
    expect(own?.quality.energyToOwn).toBeUndefined();
    expect(own?.quality.energyDistance).toBeDefined();
    for (const row of [teacher, student]) expect(row?.quality.energyToOwn).toBeDefined();
    expect(evaluation.floors.teacherTeacher.energyToOwn).toBeUndefined();
    const { config } = await readStudent(join(students, 'one', 'head.safetensors'));
    expect(config).toMatchObject({ prediction: 'ddpm-noise', width: 96, token: 8, condition: 16 });
  });

  it('distils students of its own sampler’s ends, whose draws are charged to the cache', {
    timeout: 120_000,
  }, async () => {
    const one = '{name: one, method: trajectory, training: {steps: 4, batch: 16}}';
    const own = (name: string, method: string) =>
      `{name: ${name}, method: ${method}, init: one, options: {ends: own}, training: {steps: 12, batch: 16}}`;
    const students = `students=[${one}, ${own('two', 'energy')}, ${own('three', 'drifting')}]`;
    const resolved = await captureRun('mar-own', async () => undefined, students, 'trajectories.ownEnds=3');
    const { evaluation, run } = await distill(resolved, { progress: silentProgress, command: 'x' });
    const found = evaluation.rows.filter(({ kind }) => kind === 'student');
    expect(found.map(({ name, steps }) => [name, steps])).toEqual([
      ['one', 1],
      ['two', 1],
      ['three', 1],
    ]);
    const forwards = (40 * 2 + 8 * 16) * 2 * 8 * 2 + (40 * 3 + 8 * 16) * 2 * 100;
    for (const { cost, quality } of found) {
      expect(cost?.cacheForwards).toBe(forwards);
      expect(quality.energyToOwn).toBeDefined();
    }
    const shard = await readSafetensors(join(run, 'trajectories', 'held-out.safetensors'));
    expect(shard.ownEnds?.shape).toEqual([8, 16, 8]);
  });
});
