import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BusyError } from '../../src/ground/errors.ts';
import { lock } from '../../src/ground/file/lock.ts';
import { smallRecipeText, smallRun } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const home = process.cwd();
const contexts = 'trajectories.contexts=16';
const run = `runs/small-${smallRun(contexts).hash}`;
const patience = 240_000;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-task-'));
  await writeFile(join(folder, 'small.yaml'), smallRecipeText.replace('contexts: 40', 'contexts: 16'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

const task = (...words: string[]) => runFewstep('task', run, '--kind', ...words);
const made = async () =>
  (await readdir(join(run, 'trajectories'))).filter((name) => name.endsWith('.safetensors')).sort();

describe('a run whose units are done one by one', () => {
  test('is opened by submit, with nothing of it done', async () => {
    const units = { trajectories: 3, students: 1, solvers: 0, samples: 3, metrics: 3 };
    expect(JSON.parse(await runFewstep('submit', 'small.yaml', '--json'))).toEqual({ run, units });
    expect((await readdir(run)).sort()).toEqual(['plan.json', 'recipe.resolved.yaml', 'versions.json']);
  });

  test('has them done by parts, each once', { timeout: patience }, async () => {
    const inItsPlace = join(run, 'trajectories/held-out.safetensors');
    await mkdir(inItsPlace, { recursive: true });
    await expect(task('trajectories', '--shard', '0/2')).rejects.toThrow(`${inItsPlace}: `);
    expect(await made()).toContain('shard-00001.safetensors'); // a unit that fails stops no other
    await rmdir(inItsPlace);
    expect(await task('trajectories', '--shard', '0/2')).toMatch(
      /trajectories\/held-out: \d+\.\d s\n.*shard-00001: is there\n1 unit done, 1 there already$/,
    );
    expect(await made()).toEqual(['held-out.safetensors', 'shard-00001.safetensors']);
    const rest = JSON.parse(await task('trajectories', '--concurrency', '2', '--json'));
    expect(rest.made).toEqual(['shard-00000']);
    expect(rest.kept.sort()).toEqual(['held-out', 'shard-00001']);
    expect(await runFewstep('trajectories', run, '--quiet')).toContain('Trajectories');
    expect(JSON.parse(await readFile(join(run, 'plan.json'), 'utf8'))).not.toHaveProperty('machine');
  });

  test('is refused where its machine is another, with one line', { timeout: patience }, async () => {
    const file = join(run, 'machine.json');
    const machine = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...machine, cpu: 'Another CPU' }));
    const refused = `refused: cpu Another CPU in the plan, ${machine.cpu} here`;
    await expect(task('students')).rejects.toThrow(`${run.slice(5)}: ${refused}`);
    await expect(task('metrics', '--prepare')).rejects.toThrow(`${run.slice(5)}: ${refused}`);
    await expect(runFewstep('distill', run)).rejects.toThrow(`${run}: ${refused}; --mixed goes on with it here`);
    await writeFile(file, JSON.stringify(machine));
  });

  test('has those waited for that another process is at', { timeout: patience }, async () => {
    const student = join(run, 'training/one-seed1');
    await mkdir(student, { recursive: true });
    const release = await lock(student);
    await expect(task('students', '--index', '0')).rejects.toThrow(BusyError);
    await release();
  });

  test('tells what it cannot do', async () => {
    await expect(task('students', '--index', '1')).rejects.toThrow('--index: expected 0 to 0, got 1');
    await expect(task('solvers')).rejects.toThrow('--kind solvers: the run has none of it');
    await expect(task('students', '--shard', '2/2')).rejects.toThrow(/Expected a part of many/);
    await expect(task('students', '--index', '0', '--shard', '0/1')).rejects.toThrow('expected no --shard beside it');
    await expect(task('metrics', '--prepare', '--wave', '0')).rejects.toThrow('--prepare: expected --kind alone');
    await expect(runFewstep('task', '/etc', '--kind', 'students')).rejects.toThrow(
      '/etc: expected the folder of a run in runs/',
    );
    await expect(task('samples', '--index', '0')).rejects.toThrow(/expected a trained student/);
  });
});

describe('submit', () => {
  test('prints what it would hand over, and writes nothing', async () => {
    const before = await readdir('.', { recursive: true });
    expect(await runFewstep('submit', 'small.yaml', '--slurm', '--dry-run', '--set', 'seeds=[3]')).toContain(
      '\n$ sbatch ',
    );
    expect(await runFewstep('submit', 'small.yaml', '--kubernetes')).toContain('completionMode: Indexed');
    expect(await readdir('.', { recursive: true })).toEqual(before);
  });

  test('has options of one engine at a time', async () => {
    const submit = (...words: string[]) => runFewstep('submit', 'small.yaml', ...words);
    await expect(submit('--slurm', '--kubernetes')).rejects.toThrow('expected one of --slurm, --kubernetes');
    await expect(submit('--partition', 'x')).rejects.toThrow('--partition: expected --slurm beside it');
    await expect(submit('--kubernetes', '--gres', 'gpu:1')).rejects.toThrow('--gres: expected --slurm beside it');
    await expect(submit('--memory', '1G')).rejects.toThrow('--memory: expected --slurm or --kubernetes beside it');
  });
});
