import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { distill } from '../../src/distill.ts';
import { exitCodes, FlowError } from '../../src/ground/errors.ts';
import { openRun } from '../../src/ground/file/run-folder.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { imageConfig, initialImageModel } from '../../src/teachers/image/model.ts';
import { weightsPath, writeImageWeights } from '../../src/teachers/image/weights.ts';
import { runModule } from '../other-process.ts';
import { smallRecipeText, smallRun } from '../small-recipe.ts';

const home = process.cwd();
const command = new URL('../../src/command-line/main.ts', import.meta.url);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-refusal-'));
  await writeFile(join(folder, 'small.yaml'), smallRecipeText);
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** The error that a recipe ends with, its stage of progress notwithstanding. */
async function failure(...set: string[]): Promise<FlowError> {
  const error = await distill(smallRun(...set), { progress: silentProgress, command: '' }).catch((reason) => reason);
  expect(error).toBeInstanceOf(FlowError);
  expect(error.message).not.toContain('\n');
  return error;
}

const digits = (path: string): string => `teacher={kind: digits, path: ${path}}`;

describe('a second run in the folder of one that goes on', () => {
  it('ends with one line and exit code 6', async () => {
    const { recipe, hash, yaml } = smallRun();
    const run = await openRun('runs', { name: recipe.name, hash, recipe: yaml, versions: {} });
    const { code, stderr } = await runModule(command, ['run', 'small.yaml'], { cwd: folder }).ended;
    expect(code).toBe(6);
    expect(stderr).toMatch(
      new RegExp(`^fewstep: ${run.path}: process ${process.pid} on \\S+ has been working in it since [^\n]+\n$`),
    );
    expect((await failure()).code).toBe('busy');
    await run.release();
  });
});

describe('a run without its teacher', () => {
  it('ends with one line and exit code 5', async () => {
    const words = ['run', 'small.yaml', '--set', digits('nowhere')];
    const { code, stderr } = await runModule(command, words, { cwd: folder }).ended;
    expect(code).toBe(5);
    expect(stderr).toBe('fewstep: nowhere/weights.safetensors: cannot be read: no such file or folder (ENOENT)\n');
  });

  it('lets the next one into its folder', async () => {
    const messages = [(await failure(digits('nowhere'))).message, (await failure(digits('nowhere'))).message];
    expect(messages[1]).toBe(messages[0]);
  });
});

describe('a run of a digits teacher', () => {
  const config = imageConfig({
    data: 'mnist',
    patch: 14,
    backbone: { width: 8, depth: 1, heads: 2 },
    head: { width: 8, depth: 1 },
  });

  async function writeTeacher(path: string): Promise<void> {
    await mkdir(path);
    const mean = new Float32Array(config.backbone.token);
    await writeImageWeights(path, {
      config,
      parameters: initialImageModel(config, 1),
      normalization: { mean, std: mean },
    });
  }

  it('whose weights are cut short ends with one line and exit code 5', async () => {
    await writeTeacher('cut');
    await truncate(weightsPath('cut'), 5000);
    const error = await failure(digits('cut'));
    expect(exitCodes[error.code]).toBe(5);
    expect(error.message).toMatch(/^cut\/weights\.safetensors: /);
  });

  it('without its feature network ends with one line and exit code 5, before any work', async () => {
    await writeTeacher('whole');
    const error = await failure(digits('whole'), 'evaluation.features=no-features');
    expect(exitCodes[error.code]).toBe(5);
    expect(error.message).toBe('no-features/weights.safetensors: cannot be read: no such file or folder (ENOENT)');
  });
});

describe('a stage whose folder cannot be made', () => {
  it('ends with one line and exit code 5', async () => {
    const { path, release } = await openRun('runs', { name: 'small', hash: smallRun().hash, recipe: '', versions: {} });
    await writeFile(join(path, 'trajectories'), 'a file in the place of a folder');
    await release();
    const error = await failure();
    expect(exitCodes[error.code]).toBe(5);
    expect(error.message).toBe(
      `${join(path, 'trajectories', 'manifest.json')}: cannot be read: a part of the path is not a folder (ENOTDIR)`,
    );
  });
});

describe('a teacher whose flow leaves float32', () => {
  /** Runs whose workers race with one another to fail; `FEWSTEP_TRIES` asks for more. */
  const tries = Number(process.env.FEWSTEP_TRIES ?? 1);

  it('seals no shard; of shards that fail side by side one is told, each time, and the folder is free', async () => {
    const tensors = await readSafetensors(join(home, 'test/fixtures/mixture-teacher.safetensors'));
    const bias = tensors.mean_bias ?? { shape: [], data: new Float32Array() };
    const huge = { ...bias, data: Float32Array.from(bias.data, (value) => Math.sign(value) * 3e38) };
    await writeSafetensors('huge.safetensors', { ...tensors, mean_bias: huge });
    const words = ['run', 'small.yaml', '--set', 'teacher={kind: mixture, path: huge.safetensors}'];
    const more = ['--set', 'engine.workers=2', '--set', 'name=huge', '--quiet'];
    for (let attempt = 0; attempt < tries; attempt++) {
      const { code, stderr } = await runModule(command, [...words, ...more], { cwd: folder }).ended;
      expect(stderr).toMatch(
        /^fewstep: \S+(shard-0000\d|held-out)\.safetensors: tensor states: expected finite numbers, got (NaN|-?Infinity) in context \d; [^\n]+\n$/,
      );
      expect(code).toBe(exitCodes.data);
    }
    const [run = ''] = (await readdir('runs')).filter((name) => name.startsWith('huge-'));
    expect((await readdir(join('runs', run))).includes('.lock')).toBe(false);
    const kept = await readdir(join('runs', run, 'trajectories')).catch(() => []);
    expect(kept.filter((name) => name.endsWith('.safetensors'))).toEqual([]);
  }, 120_000);
});
