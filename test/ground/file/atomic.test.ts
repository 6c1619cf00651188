import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { writeAtomic } from '../../../src/ground/file/atomic.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeAtomic', () => {
  it('writes bytes, text and pieces, making folders as needed', async () => {
    await writeAtomic(join(folder, 'a/b/bytes'), Uint8Array.of(1, 2, 3));
    await writeAtomic(join(folder, 'text'), 'größe');
    await writeAtomic(join(folder, 'pieces'), async (write) => {
      await write(Buffer.from('one '));
      await write(Buffer.from('two'));
    });
    expect([...(await readFile(join(folder, 'a/b/bytes')))]).toEqual([1, 2, 3]);
    expect(await readFile(join(folder, 'text'), 'utf8')).toBe('größe');
    expect(await readFile(join(folder, 'pieces'), 'utf8')).toBe('one two');
    expect((await readdir(folder)).sort()).toEqual(['a', 'pieces', 'text']);
  });

  it('keeps the old file and leaves nothing behind when its writer fails', async () => {
    const path = join(folder, 'file');
    await writeAtomic(path, 'old');
    const writing = writeAtomic(path, async (write) => {
      await write(Buffer.from('half of the new'));
      throw new Error('the writer broke');
    });
    await expect(writing).rejects.toThrow('the writer broke');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('shows no part of the new file before all of it is written', async () => {
    const path = join(folder, 'file');
    await writeAtomic(path, 'old');
    await writeAtomic(path, async (write) => {
      await write(Buffer.from('new'));
      expect(await readFile(path, 'utf8')).toBe('old');
    });
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('lets the last of several writers at once win whole', async () => {
    const path = join(folder, 'file');
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(contents.map((content) => writeAtomic(path, content)));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('writes through a symbolic link', async () => {
    await writeFile(join(folder, 'target'), 'old');
    await symlink(join(folder, 'target'), join(folder, 'link'));
    await writeAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('new');
  });

  it('says that a part of the path is not a folder', async () => {
    await writeFile(join(folder, 'file'), '');
    const writing = writeAtomic(join(folder, 'file/x'), 'text');
    await expect(writing).rejects.toThrow(FileError);
    await expect(writing).rejects.toThrow(`${join(folder, 'file/x')}: cannot be written: a part of the path is not a`);
  });

  it('says that the path is a folder, and leaves nothing behind', async () => {
    await writeAtomic(join(folder, 'sub/file'), '');
    await expect(writeAtomic(join(folder, 'sub'), 'text')).rejects.toThrow(/cannot be written: it is a folder/);
    expect(await readdir(folder)).toEqual(['sub']);
  });
});
