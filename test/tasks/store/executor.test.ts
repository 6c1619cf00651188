import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import type { Executor } from '../../../src/ground/pool/executor.ts';
import { allBy } from '../../../src/ground/pool/pool.ts';
import { writePlan } from '../../../src/tasks/plan.ts';
import { mirroredExecutor } from '../../../src/tasks/store/executor.ts';
import {
  openedOn,
  plan,
  run,
  shard,
  shardFile,
  type TwoMachines,
  twoMachines,
  unitsOf,
  working,
  write,
} from './two-machines.ts';

let machines: TwoMachines;
beforeEach(async () => {
  machines = await twoMachines();
});
afterEach(() => machines.remove());

describe('a coordinator with a store', () => {
  const kind = { name: 'trajectories', module: new URL('file:///none'), idOf: (id: string) => id } as const;
  /** Workers that do what they are asked for on another machine, or only say so. */
  const inner = (work: (id: string) => Promise<unknown>): Executor => ({
    open: () => {
      const one = async (job: unknown): Promise<void> => void (await work(String(job)));
      return { workers: 1, run: one, all: allBy(one), close: async () => undefined };
    },
  });
  beforeEach(async () => {
    const { one } = machines;
    for (const name of ['recipe.resolved.yaml', 'versions.json']) await write(one, name);
    await writePlan(one.path, plan);
  });

  it('sends the run first, and has a unit’s files when it is done', async () => {
    const { one, other } = machines;
    const work = async (id: string): Promise<unknown> => {
      await unitsOf(other).open(run);
      return unitsOf(other).around(openedOn(other), { ...shard, id }, working(other, shardFile));
    };
    const executor = mirroredExecutor(inner(work), one.mirror, { runs: one.runs, run });
    await executor.open(kind, { workers: 1 }).all(['shard-00000']);
    expect(await readFile(join(one.path, shardFile), 'utf8')).toBe(shardFile);
    expect(existsSync(join(other.path, 'plan.json'))).toBe(true);
  });

  it('takes nobody’s word for it', async () => {
    const { one } = machines;
    let asked = 0;
    const executor = mirroredExecutor(
      inner(async () => asked++),
      one.mirror,
      { runs: one.runs, run },
    );
    const failure = await executor
      .open(kind, { workers: 1 })
      .run('shard-00000')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FileError);
    expect(String(failure)).toContain('trajectories/shard-00000: is told done, but');
    expect(asked).toBe(3);
  });

  it('sends what it made before there was a store, and what the store has lost', async () => {
    const { one, other, root } = machines;
    for (const id of plan.groups[0]?.units ?? []) await write(one, `trajectories/${id}.safetensors`);
    await write(one, 'trajectories/manifest.json');
    for (const name of ['student.safetensors', 'manifest.json']) await write(one, `training/one-seed1/${name}`);
    const students = { ...kind, name: 'students' } as const;
    const work = async (): Promise<void> => {
      await unitsOf(other).prepare(openedOn(other), 'students');
      throw new Error('seen');
    };
    const opened = () =>
      mirroredExecutor(inner(work), one.mirror, { runs: one.runs, run }).open(students, { workers: 1 });
    await expect(opened().run('two-seed1')).rejects.toThrow('seen');
    expect(await other.mirror.names(run, 'students')).toEqual(new Set(['students/one-seed1']));
    await rm(join(root, run, 'sets/trajectories/shard-00001.json'));
    await rm(join(other.path, 'trajectories'), { recursive: true });
    await expect(opened().run('two-seed1')).rejects.toThrow('seen');
    expect(existsSync(join(other.path, 'trajectories/shard-00001.safetensors'))).toBe(true);
  });
});
