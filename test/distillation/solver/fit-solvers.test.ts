import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../../src/command-line/progress.ts';
import type { FittedSolver } from '../../../src/distillation/solver/file.ts';
import { fitSolvers } from '../../../src/distillation/solver/fit-solvers.ts';
import { generateTrajectories } from '../../../src/distillation/trajectory/generate.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { leftOpen, nothing } from '../../held.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';

const set = ['evaluation.steps=[1, 2]', 'evaluation.solvers=[euler, bns]'];
const recipe = smallRecipe(...set);
let base: string;
let cache: string;
let hash: string;
let first: FittedSolver[];
const solversOf = (run: string): string => join(base, run, 'solvers');

async function fitted(run: string, own: { hash?: string; set?: readonly string[]; signal?: AbortSignal } = {}) {
  const progress = recordedProgress();
  const solvers = await fitSolvers(smallRecipe(...set, ...(own.set ?? [])), {
    ...{ run: join(base, run), cache, progress, teacher: { hash: own.hash ?? hash } },
    ...(own.signal && { signal: own.signal }),
  });
  return { solvers, progress };
}

/** What does not depend on the clock. */
const timeless = (solvers: readonly FittedSolver[]) => solvers.map((solver) => ({ ...solver, seconds: 0 }));

const writtenAt = async (run: string, name: string): Promise<number> =>
  (await stat(join(solversOf(run), name))).mtimeMs;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-solvers-'));
  cache = join(base, 'trajectories');
  const teacher = await loadTeacher(recipe.teacher, recipe.engine);
  hash = teacher.hash;
  await generateTrajectories(recipe, teacher, { folder: cache, progress: silentProgress });
  ({ solvers: first } = await fitted('first'));
}, 60_000);
afterAll(() => rm(base, { recursive: true }));

describe('the solvers of a run', () => {
  it('are a file each, in the order of the plan, with what they were fitted to and what that cost', async () => {
    expect((await readdir(solversOf('first'))).sort()).toEqual([
      'bns-weights-1.json',
      'bns-weights-2.json',
      'euler-times-2.json',
    ]);
    expect(first.map(({ solver, fit, steps }) => [solver, fit, steps])).toEqual([
      ['euler', 'times', 2],
      ['bns', 'weights', 1],
      ['bns', 'weights', 2],
    ]);
    const [euler] = first;
    expect(euler).toMatchObject({ paths: 80, pathForwards: 80 * 8 * 2 * 2, forwards: 31 * 2 * 2 * 80, updates: 0 });
    expect(euler?.origin.teacher).toBe(hash);
    expect(euler?.seconds).toBeGreaterThan(0);
  });

  it('are kept when the stage runs again, and told of no more', async () => {
    const before = await writtenAt('first', 'bns-weights-2.json');
    const { solvers, progress } = await fitted('first');
    expect(solvers).toEqual(first);
    expect(await writtenAt('first', 'bns-weights-2.json')).toBe(before);
    expect(progress.stages).toEqual([]);
  });

  it('are the same by two workers, and leave nothing open', async () => {
    let found: FittedSolver[] = [];
    const open = await leftOpen(async () => {
      const { solvers, progress } = await fitted('two', { set: ['engine.workers=2'] });
      found = solvers;
      expect(progress.stages).toEqual([{ name: 'solvers', total: 3, advances: [0, 1, 2, 3] }]);
      expect(progress.over).toEqual(['solvers']);
      expect(
        progress.details.some((detail) => detail.startsWith('teacher euler, searched times, 2 steps: error ')),
      ).toBe(true);
    });
    expect(timeless(found)).toEqual(timeless(first));
    expect(open).toEqual(nothing);
  });

  it('are fitted again where a file is damaged, and no other', async () => {
    const kept = await writtenAt('two', 'euler-times-2.json');
    await truncate(join(solversOf('two'), 'bns-weights-1.json'), 100);
    const { solvers, progress } = await fitted('two');
    expect(timeless(solvers)).toEqual(timeless(first));
    expect(await writtenAt('two', 'euler-times-2.json')).toBe(kept);
    expect(progress.stages).toEqual([{ name: 'solvers', total: 3, advances: [2, 3] }]);
  });

  it('of another teacher are not taken', async () => {
    const path = join(solversOf('two'), 'euler-times-2.json');
    const before = await readFile(path, 'utf8');
    const { solvers } = await fitted('two', { hash: 'another' });
    expect(solvers.map(({ origin }) => origin.teacher)).toEqual(['another', 'another', 'another']);
    expect(await readFile(path, 'utf8')).not.toBe(before);
    await writeFile(path, before);
    expect((await fitted('two', { hash: 'another' })).solvers[0]?.origin.teacher).toBe('another');
  });

  it('are none where the recipe asks for none', async () => {
    const { solvers, progress } = await fitted('none', {
      set: ['evaluation.solvers=[heun]', 'evaluation.searchTimes=false'],
    });
    expect([solvers, progress.stages]).toEqual([[], []]);
  });

  it('are not begun when the run is stopped', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(fitted('stopped', { signal })).rejects.toThrow('stopped');
    expect(await readdir(join(base, 'stopped')).catch(() => [])).toEqual([]);
  });
});
