import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, FileError } from '../../../src/ground/errors.ts';
import { openRun, type RunIdentity, stageFolder, studentFolder } from '../../../src/ground/file/run-folder.ts';

const identity: RunIdentity = {
  name: 'smoke',
  hash: '0123456789ab',
  recipe: 'kind: distill\n',
  versions: { node: 'v20' },
};
let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'fewstep-run-')), 'runs');
});
afterEach(() => rm(join(root, '..'), { recursive: true }));

describe('the folder of a run', () => {
  it('holds the resolved recipe and the versions, and has a place for each stage', async () => {
    const run = await openRun(root, identity);
    expect(run.path).toBe(join(root, 'smoke-0123456789ab'));
    expect(run.changes).toEqual([]);
    expect(await readFile(join(run.path, 'recipe.resolved.yaml'), 'utf8')).toBe('kind: distill\n');
    expect(JSON.parse(await readFile(join(run.path, 'versions.json'), 'utf8'))).toEqual({ node: 'v20' });
    expect(stageFolder(run.path, 'trajectories')).toBe(join(run.path, 'trajectories'));
    expect(studentFolder(run.path, 'reflow', 2)).toBe(join(run.path, 'training/reflow-seed2'));
    await run.release();
  });

  it('is of one process at a time', async () => {
    const run = await openRun(root, identity);
    await expect(openRun(root, identity)).rejects.toThrow(BusyError);
    await run.release();
    await (await openRun(root, identity)).release();
  });

  it('tells what has changed since the run was begun, and keeps the first record', async () => {
    await (await openRun(root, identity)).release();
    const run = await openRun(root, { ...identity, versions: { node: 'v22', cpu: 'x' } });
    expect(run.changes).toEqual(['node: v20 before, now v22', 'cpu: none before, now x']);
    expect(JSON.parse(await readFile(join(run.path, 'versions.json'), 'utf8'))).toEqual({ node: 'v20' });
    await run.release();
  });

  it('is cleared of what a killed process left half-written, and of nothing else', async () => {
    const stage = join(root, 'smoke-0123456789ab/trajectories');
    await mkdir(stage, { recursive: true });
    const files = ['shard-0000.safetensors', '.shard-0001.safetensors.4711-0-3.tmp', 'notes.tmp', '.hidden'];
    for (const file of files) await writeFile(join(stage, file), 'x');
    await (await openRun(root, identity)).release();
    expect((await readdir(stage)).sort()).toEqual(['.hidden', 'notes.tmp', 'shard-0000.safetensors']);
  });

  it('is released when it cannot be used', async () => {
    await (await openRun(root, identity)).release();
    const recipe = join(root, 'smoke-0123456789ab/recipe.resolved.yaml');
    await rm(recipe);
    await mkdir(recipe);
    await expect(openRun(root, identity)).rejects.toThrow(FileError);
    await rm(recipe, { recursive: true });
    await (await openRun(root, identity)).release();
  });

  it.each(['{"node": 20}', '{"node', ''])('sets damaged versions aside (%s), says so, and goes on', async (damaged) => {
    await (await openRun(root, identity)).release();
    const versions = join(root, 'smoke-0123456789ab/versions.json');
    await writeFile(versions, damaged);
    const run = await openRun(root, identity);
    expect(run.changes).toEqual([expect.stringContaining(`is kept as ${versions}.damaged`)]);
    expect(await readFile(`${versions}.damaged`, 'utf8')).toBe(damaged);
    expect(JSON.parse(await readFile(versions, 'utf8'))).toEqual({ node: 'v20' });
    await run.release();
  });

  it('cannot be where a file is', async () => {
    await writeFile(root, '');
    await expect(openRun(root, identity)).rejects.toThrow(FileError);
  });
});
