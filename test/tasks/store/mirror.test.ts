import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { mirrorOf } from '../../../src/tasks/store/mirror.ts';
import { openMirror } from '../../../src/tasks/store/open-mirror.ts';
import { type FileSet, unitSet } from '../../../src/tasks/store/sets.ts';
import type { RunStore } from '../../../src/tasks/store/store.ts';
import { run, type TwoMachines, twoMachines } from './two-machines.ts';

let machines: TwoMachines;
beforeEach(async () => {
  machines = await twoMachines();
});
afterEach(() => machines.remove());

const student = unitSet({ kind: 'students', id: 'one-seed1' });
const folder = 'training/one-seed1';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function write(runPath: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(runPath, path)), { recursive: true });
    await writeFile(join(runPath, path), text);
  }
}

const trained = {
  [`${folder}/student.safetensors`]: 'weights',
  [`${folder}/metrics.jsonl`]: '{"step":1}\n',
  [`${folder}/manifest.json`]: 'manifest',
};

/** The file of a student's weights in the store. */
const weightsIn = (root: string): string => join(root, run, 'files', folder, 'student.safetensors', sha256('weights'));
const entryIn = (root: string): string => join(root, run, 'sets/students/one-seed1.json');

describe('a set of files', () => {
  it('arrives whole, and not at all before it was sent or where a file of it is missing', async () => {
    const { one, other } = machines;
    expect(await other.mirror.fetch(run, student)).toBeUndefined();
    await write(one.path, { [`${folder}/student.safetensors`]: 'weights' });
    expect(await one.mirror.send(run, student)).toBeUndefined();
    expect(await other.mirror.fetch(run, student)).toBeUndefined();
    await write(one.path, trained);
    await one.mirror.send(run, student);
    await other.mirror.fetch(run, student);
    for (const [path, text] of Object.entries(trained))
      expect(await readFile(join(other.path, path), 'utf8')).toBe(text);
    expect(await other.mirror.names(run, 'students')).toEqual(new Set(['students/one-seed1']));
  });

  it('is moved once: what is here with its content stays, whatever its date', async () => {
    const { one, other } = machines;
    await write(one.path, trained);
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
    await write(one.path, trained);
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
        await write(path, { ...trained, [`${folder}/metrics.jsonl`]: logs[index] ?? '' });
        await write(path, { [`${folder}/manifest.json`]: `of ${logs[index]}` });
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

describe('a store that is damaged or hostile', () => {
  beforeEach(async () => {
    await write(machines.one.path, trained);
    await machines.one.mirror.send(run, student);
  });
  const refusal = (): Promise<unknown> => machines.other.mirror.fetch(run, student).catch((error: unknown) => error);

  it('is told by a line, and what it has is fetched anew', async () => {
    const { other, store } = machines;
    const notes: string[] = [];
    const damaged = new Set([weightsIn('')]);
    const once: RunStore = {
      ...store,
      get: async (key, signal) => {
        const found = await store.get(key, signal);
        if (found === undefined || !damaged.delete(key)) return found;
        found.body.destroy();
        return { bytes: found.bytes, body: Readable.from([Buffer.from('WEIGHTS')], { objectMode: false }) };
      },
    };
    const { signal } = new AbortController();
    const mirror = mirrorOf(once, { runs: other.runs, note: (text) => notes.push(text), signal });
    await mirror.fetch(run, student);
    expect(notes).toEqual([
      expect.stringMatching(/student\.safetensors\/[0-9a-f]{64}: expected content of SHA-256 .*; fetched anew$/),
    ]);
    expect(await readFile(join(other.path, folder, 'student.safetensors'), 'utf8')).toBe('weights');
  });

  it.each([
    ['other content', 'WEIGHTS', 'expected content of SHA-256'],
    ['more content', 'weights and more', 'expected 7 bytes, got 16'],
    ['less content', 'w', 'expected 7 bytes, got 1'],
  ])('leaves no file here of %s, and the entry is named', async (_, text, message) => {
    const { other, root } = machines;
    await writeFile(weightsIn(root), text);
    const error = await refusal();
    expect(error).toBeInstanceOf(FileError);
    expect(String(error)).toContain(message);
    expect(String(error)).toContain(`delete ${entryIn(root)} and run the same command again`);
    expect((await readdir(join(other.path, folder))).filter((name) => name.includes('student'))).toEqual([]);
  });

  it.each([
    '../x',
    '/etc/x',
    'C:/x',
    '..\\x',
    'training\\one-seed1\\student.safetensors',
    'training/one-seed1/../../../x',
    'training/two-seed1/student.safetensors',
    'recipe.resolved.yaml',
    '.lock',
    'training/one-seed1//manifest.json',
  ])('names no file beyond its set: %s', async (path) => {
    const { other, root } = machines;
    const entry = JSON.parse(await readFile(entryIn(root), 'utf8'));
    entry.files.push({ path, bytes: 1, sha256: sha256('x') });
    await writeFile(entryIn(root), JSON.stringify(entry));
    expect(await refusal()).toBeInstanceOf(FileError);
    expect(existsSync(other.path)).toBe(false);
  });

  it.each([
    ['a hash that is a path', (file: object) => ({ ...file, sha256: '../../../../one/runs/secret' })],
    ['a size beyond all files', (file: object) => ({ ...file, bytes: 2 ** 41 })],
    ['a size below zero', (file: object) => ({ ...file, bytes: -1 })],
    ['a field of its own', (file: object) => ({ ...file, mode: 0o777 })],
  ])('is refused by its entry’s schema: %s', async (_, change) => {
    const { other, root } = machines;
    const entry = JSON.parse(await readFile(entryIn(root), 'utf8'));
    await writeFile(entryIn(root), JSON.stringify({ ...entry, files: entry.files.map(change) }));
    expect(await refusal()).toBeInstanceOf(FileError);
    expect(existsSync(other.path)).toBe(false);
  });

  it('is refused where an entry lacks a file, has one twice or does not end', async () => {
    const { root } = machines;
    const entry = JSON.parse(await readFile(entryIn(root), 'utf8'));
    const failures: string[] = [];
    for (const files of [entry.files.slice(1), [...entry.files, entry.files[0]]]) {
      await writeFile(entryIn(root), JSON.stringify({ ...entry, files }));
      failures.push(String(await refusal()));
    }
    await writeFile(entryIn(root), ' '.repeat(70_000));
    failures.push(String(await refusal()));
    expect(failures[0]).toContain('student.safetensors in it, got none');
    expect(failures[1]).toContain('expected each file once');
    expect(failures[2]).toContain('expected at most 65536 bytes, got more');
  });

  it('writes through no link of a run’s folder, and sends none', async () => {
    const { one, other, root } = machines;
    const outside = join(root, '..', 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await mkdir(other.path);
    await symlink(outside, join(other.path, 'training'));
    expect(String(await refusal())).toContain('training: expected a folder, and no link');
    expect(await readdir(outside)).toEqual(['secret']);
    await writeFile(join(one.path, 'plan.json'), '');
    const linked: FileSet = { name: 'students/linked', files: ['linked'] };
    await symlink(join(outside, 'secret'), join(one.path, 'linked'));
    await expect(one.mirror.send(run, linked)).rejects.toThrow('linked: expected a file, and no link');
  });

  it('follows no link in a store that is a folder', async () => {
    const { one, root } = machines;
    const outside = join(root, '..', 'outside');
    await mkdir(outside);
    await symlink(outside, join(root, run, 'files', 'solvers'));
    await write(one.path, { 'solvers/heun-times-2.json': '{}' });
    const fit = unitSet({ kind: 'solvers', id: 'heun-times-2' });
    await expect(one.mirror.send(run, fit)).rejects.toThrow('solvers: expected a folder, and no link');
    expect(await readdir(outside)).toEqual([]);
  });
});
