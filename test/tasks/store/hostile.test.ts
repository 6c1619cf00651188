import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { mirrorOf } from '../../../src/tasks/store/mirror.ts';
import { type FileSet, unitSet } from '../../../src/tasks/store/sets.ts';
import type { RunStore } from '../../../src/tasks/store/store.ts';
import { entryIn, folder, sha256, student, trained, weightsIn, writeAll } from './student-set.ts';
import { run, type TwoMachines, twoMachines } from './two-machines.ts';

let machines: TwoMachines;
beforeEach(async () => {
  machines = await twoMachines();
});
afterEach(() => machines.remove());

/** A store that gives something else once in place of a student's weights, and says that it has their size. */
function damagedOnce(store: RunStore, instead: () => Readable): RunStore {
  const damaged = new Set([weightsIn('')]);
  return {
    ...store,
    get: async (key, signal) => {
      const found = await store.get(key, signal);
      if (found === undefined || !damaged.delete(key)) return found;
      found.body.destroy();
      return { bytes: found.bytes, body: instead() };
    },
  };
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from('wei');
  throw new Error('the cable is out');
}

describe('a store that is damaged or hostile', () => {
  beforeEach(async () => {
    await writeAll(machines.one, trained);
    await machines.one.mirror.send(run, student);
  });
  const refusal = (): Promise<unknown> => machines.other.mirror.fetch(run, student).catch((error: unknown) => error);

  it('is told by a line, and what it has is fetched anew', async () => {
    const { other, store } = machines;
    const { signal } = new AbortController();
    const body = (pieces: Iterable<Buffer> | AsyncIterable<Buffer>) => Readable.from(pieces, { objectMode: false });
    const wrong = { WEIGHTS: 'content of SHA-256 ', 'weights and more': '7 bytes, got more', weigh: '7 bytes, got 5' };
    for (const [text, what] of Object.entries(wrong)) {
      const notes: string[] = [];
      const once = damagedOnce(store, () => body([Buffer.from(text)]));
      await mirrorOf(once, { runs: other.runs, note: (line) => notes.push(line), signal }).fetch(run, student);
      expect(notes).toEqual([expect.stringMatching(/student\.safetensors\/[0-9a-f]{64}: expected .*; fetched anew$/)]);
      expect(notes[0]).toContain(`expected ${what}`);
      expect(await readFile(join(other.path, folder, 'student.safetensors'), 'utf8')).toBe('weights');
      await rm(other.path, { recursive: true });
    }
    const once = damagedOnce(store, () => body(breaking()));
    await mirrorOf(once, { runs: other.runs, note: (line) => other.notes.push(line), signal }).fetch(run, student);
    expect(other.notes).toEqual([expect.stringMatching(/: broke off: the cable is out; fetched anew$/)]);
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
    await writeAll(one, { 'solvers/heun-times-2.json': '{}' });
    const fit = unitSet({ kind: 'solvers', id: 'heun-times-2' });
    await expect(one.mirror.send(run, fit)).rejects.toThrow('solvers: expected a folder, and no link');
    expect(await readdir(outside)).toEqual([]);
  });
});
