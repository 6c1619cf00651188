import { existsSync } from 'node:fs';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/tasks/store/content.ts';
import { openAll } from '../../../src/tasks/store/mirror.ts';
import { openMirror } from '../../../src/tasks/store/open-mirror.ts';
import { checkpointSet } from '../../../src/tasks/store/sets.ts';
import { folder, student, trained, writeAll } from './student-set.ts';
import { run, type TwoMachines, twoMachines } from './two-machines.ts';

let machines: TwoMachines;
beforeEach(async () => {
  machines = await twoMachines();
});
afterEach(() => machines.remove());

describe('a set of files', () => {
  it('arrives whole, and not at all before it was sent or where a file of it is missing', async () => {
    const { one, other } = machines;
    expect(await other.mirror.fetch(run, student)).toBeUndefined();
    await writeAll(one, { [`${folder}/student.safetensors`]: 'weights' });
    expect(await one.mirror.send(run, student)).toBeUndefined();
    expect(await other.mirror.fetch(run, student)).toBeUndefined();
    await writeAll(one, trained);
    await one.mirror.send(run, student);
    await other.mirror.fetch(run, student);
    for (const [path, text] of Object.entries(trained))
      expect(await readFile(join(other.path, path), 'utf8')).toBe(text);
    expect(await other.mirror.names(run, 'students')).toEqual(new Set(['students/one-seed1']));
  });

  it('tells that it is whole by the last of its files, and opens a log after the checkpoint that it must not be behind', async () => {
    const { one, other, root } = machines;
    await writeAll(one, trained);
    await one.mirror.send(run, student);
    await rm(join(root, run, 'files', folder, 'metrics.jsonl'), { recursive: true });
    await expect(other.mirror.fetch(run, student)).rejects.toThrow('metrics.jsonl');
    expect(existsSync(join(other.path, folder, 'manifest.json'))).toBe(false);
    const opened = new Map<string, Snapshot>();
    await writeAll(one, { [`${folder}/checkpoint.safetensors`]: 'checkpoint' });
    await openAll(async (path) => join(one.path, path), checkpointSet('one-seed1'), opened);
    for (const snapshot of opened.values()) await snapshot.close();
    expect([...opened.keys()]).toEqual([`${folder}/checkpoint.safetensors`, `${folder}/metrics.jsonl`]);
  });

  it('is moved once: what is here with its content stays, whatever its date', async () => {
    const { one, other } = machines;
    await writeAll(one, trained);
    await one.mirror.send(run, student);
    await one.mirror.send(run, student);
    expect(one.mirror.moved().sent.files).toBe(3);
    await other.mirror.fetch(run, student);
    await utimes(join(other.path, folder, 'student.safetensors'), 1, 1);
    await other.mirror.fetch(run, student);
    expect(other.mirror.moved().fetched).toEqual({ files: 3, bytes: 26 });
  });

  it('is fetched anew where a file has other content of the same size and date', async () => {
    const { one, other } = machines;
    await writeAll(one, trained);
    await one.mirror.send(run, student);
    await other.mirror.fetch(run, student);
    const path = join(other.path, folder, 'student.safetensors');
    const { atime, mtime } = await stat(path);
    await writeFile(path, 'WEIGHTS');
    await utimes(path, atime, mtime);
    await other.mirror.fetch(run, student);
    expect(await readFile(path, 'utf8')).toBe('weights');
  });

  it('is one machine’s or the other’s, and no mixture, where two send it at once', async () => {
    const { one, other, store } = machines;
    const logs = ['1 second', '2 second'];
    await Promise.all(
      [one, other].map(async ({ path, mirror }, index) => {
        await writeAll({ path }, { ...trained, [`${folder}/metrics.jsonl`]: logs[index] ?? '' });
        await writeAll({ path }, { [`${folder}/manifest.json`]: `of ${logs[index]}` });
        await mirror.send(run, student);
      }),
    );
    const third = await twoMachines();
    const { signal } = new AbortController();
    const reader = await openMirror(store.shown, { runs: third.one.runs, note: () => undefined, signal });
    await reader.mirror.fetch(run, student);
    const log = await readFile(join(third.one.path, folder, 'metrics.jsonl'), 'utf8');
    expect(await readFile(join(third.one.path, folder, 'manifest.json'), 'utf8')).toBe(`of ${log}`);
    await third.remove();
  });
});
