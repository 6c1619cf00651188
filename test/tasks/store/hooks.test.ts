import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointStep } from '../../../src/engine/training/checkpoint.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { writeSealed } from '../../../src/ground/file/sealed.ts';
import { mirrorOf } from '../../../src/tasks/store/mirror.ts';
import { checkpointSet } from '../../../src/tasks/store/sets.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { sha256 } from './student-set.ts';
import {
  type Machine,
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

describe('a unit whose files are in a store', () => {
  it('is sent when it was made, and then kept by others, who send nothing', async () => {
    const { one, other } = machines;
    expect(await unitsOf(one).around(openedOn(one), shard, working(one, shardFile))).toBe('made');
    expect(await unitsOf(other).around(openedOn(other), shard, working(other, shardFile))).toBe('kept');
    expect(one.mirror.moved().sent.files).toBe(1);
    expect(other.mirror.moved()).toEqual({
      sent: { files: 0, bytes: 0 },
      fetched: { files: 1, bytes: shardFile.length },
    });
  });

  it('is sent by who made it and was killed before it had sent it', async () => {
    const { one, other } = machines;
    await write(one, shardFile);
    expect(await unitsOf(one).around(openedOn(one), shard, working(one, shardFile))).toBe('kept');
    expect(await unitsOf(other).around(openedOn(other), shard, working(other, shardFile))).toBe('kept');
  });

  it('is made anew, and mended in the store, where that has damaged content', async () => {
    const { one, other, root } = machines;
    await unitsOf(one).around(openedOn(one), shard, working(one, shardFile));
    const folder = join(root, run, 'files', shardFile);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), 'x');
    expect(await unitsOf(other).around(openedOn(other), shard, working(other, shardFile))).toBe('made');
    expect(other.notes.at(-1)).toMatch(/expected 36 bytes, got 1; .*; made anew$/);
    expect(await readFile(join(folder, name), 'utf8')).toBe(shardFile);
  });

  it('takes the place of what is there of another teacher or version', async () => {
    const { one, other, root } = machines;
    await unitsOf(one).around(openedOn(one), shard, working(one, shardFile, 'of another'));
    expect(await unitsOf(other).around(openedOn(other), shard, working(other, shardFile))).toBe('made');
    const { files } = JSON.parse(await readFile(join(root, run, 'sets/trajectories/shard-00000.json'), 'utf8'));
    expect(files).toEqual([{ path: shardFile, bytes: shardFile.length, sha256: sha256(shardFile) }]);
  });

  it('is not done where it wrote nothing, and sends nothing where it failed', async () => {
    const { one } = machines;
    const around = unitsOf(one).around;
    await expect(around(openedOn(one), shard, async () => 'made')).rejects.toThrow(shardFile);
    await expect(around(openedOn(one), shard, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await one.mirror.names(run, 'trajectories')).toEqual(new Set());
  });
});

describe('what a kind of units starts from', () => {
  it('is here before, and missed by name', async () => {
    const { one, other } = machines;
    const { prepare, open } = unitsOf(other);
    await expect(open(run)).rejects.toThrow(/has no run of small-0123456789ab: its coordinator sends it/);
    const ids = plan.groups[0]?.units ?? [];
    for (const id of ids) {
      const name = `trajectories/${id}.safetensors`;
      await unitsOf(one).around(openedOn(one), { ...shard, id }, working(one, name));
    }
    await expect(prepare(openedOn(other), 'students')).rejects.toThrow('has no stages/trajectories of');
    await write(one, 'trajectories/manifest.json');
    await one.mirror.send(run, { name: 'stages/trajectories', files: ['trajectories/manifest.json'] });
    await prepare(openedOn(other), 'students');
    expect((await readdir(join(other.path, 'trajectories'))).sort()).toEqual(
      [...ids.map((id) => `${id}.safetensors`), 'manifest.json'].sort(),
    );
    await expect(prepare(openedOn(other), 'samples')).rejects.toThrow(/has no students\/(one|two)-seed1 of/);
  });
});

describe('the checkpoint of a training', () => {
  const training: Task = { ...shard, kind: 'students', id: 'one-seed1' };
  const folder = 'training/one-seed1';
  const save = async (machine: Machine, step: number): Promise<void> => {
    await write(machine, `${folder}/metrics.jsonl`, `{"step":${step}}\n`);
    await writeSealed(join(machine.path, folder, 'checkpoint.safetensors'), {}, { step: String(step) });
  };
  const stepOn = ({ path }: Machine): Promise<number> => checkpointStep(join(path, folder, 'checkpoint.safetensors'));
  const finish = async (machine: Machine): Promise<'made'> => {
    for (const name of ['student.safetensors', 'manifest.json']) await write(machine, `${folder}/${name}`);
    return 'made';
  };
  const checkpointsIn = (root: string): Promise<string[]> =>
    readdir(join(root, run, 'files', folder, 'checkpoint.safetensors')).catch(() => []);
  const sentStep = async ({ mirror }: Machine): Promise<number | undefined> =>
    (
      await mirror.entry(run, {
        name: 'checkpoints/one-seed1',
        files: [`${folder}/checkpoint.safetensors`],
        optional: [`${folder}/metrics.jsonl`],
      })
    )?.step;
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    for (let look = 0; look < 400 && !(await condition()); look++) await sleep(5);
    expect(await condition()).toBe(true);
  };

  it('is sent while it is trained, one at a time, and gone when it is', async () => {
    const { one, root } = machines;
    await unitsOf(one, 0.01).around(openedOn(one), training, async () => {
      for (const step of [20, 40, 60]) {
        await save(one, step);
        await until(async () => (await sentStep(one)) === step);
        await until(async () => (await checkpointsIn(root)).length === 1);
      }
      return finish(one);
    });
    expect(await sentStep(one)).toBeUndefined();
    expect(await checkpointsIn(root)).toEqual([]);
    expect(await readdir(join(root, run, 'files', folder, 'metrics.jsonl'))).toHaveLength(1);
  });

  it('may stay where a store lets nothing be removed', async () => {
    const { one, store } = machines;
    const { signal } = new AbortController();
    const lasting = { ...store, remove: () => Promise.reject(new FileError('access denied')) };
    const mirror = mirrorOf(lasting, { runs: one.runs, note: () => undefined, signal });
    await expect(
      unitsOf({ ...one, mirror }).around(openedOn(one), training, async () => {
        await save(one, 20);
        await one.mirror.send(run, checkpointSet('one-seed1'), { step: 20 });
        return finish(one);
      }),
    ).resolves.toBe('made');
    expect(one.notes).toEqual(['access denied; the checkpoint of one-seed1 stays there']);
  });

  it('is where another machine goes on, unless that is ahead', async () => {
    const { one, other } = machines;
    const killed = async (step: number): Promise<never> => {
      await save(one, step);
      throw new Error('ended');
    };
    await expect(unitsOf(one).around(openedOn(one), training, () => killed(40))).rejects.toThrow('ended');
    let step = 0;
    await expect(
      unitsOf(other).around(openedOn(other), training, async () => {
        step = await stepOn(other);
        await save(other, 60);
        throw new Error('ended, too');
      }),
    ).rejects.toThrow('ended, too');
    expect(step).toBe(40);
    expect(await readFile(join(other.path, folder, 'metrics.jsonl'), 'utf8')).toBe('{"step":60}\n');
    await save(one, 80);
    await unitsOf(one).around(openedOn(one), training, async () => {
      step = await stepOn(one);
      return finish(one);
    });
    expect(step).toBe(80);
  });

  it('needs the student that it starts from, where it starts from one', async () => {
    const { one, other } = machines;
    const second: Task = { ...training, id: 'two-seed1' };
    const done = async (): Promise<'made'> => {
      expect(existsSync(join(other.path, folder, 'student.safetensors'))).toBe(true);
      for (const name of ['student.safetensors', 'manifest.json']) await write(other, `training/two-seed1/${name}`);
      return 'made';
    };
    await expect(unitsOf(other).around(openedOn(other), second, done)).rejects.toThrow('has no students/one-seed1 of');
    await unitsOf(one).around(openedOn(one), training, () => finish(one));
    await unitsOf(other).around(openedOn(other), second, done);
  });
});
