import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { type Distilled, distill } from '../../src/distill.ts';
import type { Evaluation } from '../../src/evaluation/stage/result.ts';
import { readSealed } from '../../src/ground/file/sealed.ts';
import { killWhen, runModule, type Started } from '../other-process.ts';
import { smallRecipeText, smallRun } from '../small-recipe.ts';

const home = process.cwd();
/** Whole runs take a while on a machine that does other things, too. */
const patience = 240_000;
const command = new URL('../../src/command-line/main.ts', import.meta.url);
let base: string;
/** A run without interruption. */
let whole: Distilled;

/** Runs the small recipe in this process, in a folder of its own. */
async function run(folder: string, ...set: string[]): Promise<Distilled> {
  process.chdir(folder);
  return distill(smallRun(...set), { progress: silentProgress, command: 'a test' }).finally(() => process.chdir(home));
}

/** Runs it by the command line, in another process. */
const runElsewhere = (cwd: string, before?: string): Started =>
  runModule(command, ['run', 'small.yaml', '--quiet'], { cwd, ...(before !== undefined && { before }) });

async function newFolder(name: string): Promise<string> {
  const folder = join(base, name);
  await mkdir(folder);
  await writeFile(join(folder, 'small.yaml'), smallRecipeText);
  return folder;
}

/** The folder of the run in a working folder. */
const runOf = (folder: string): string => join(folder, 'runs', `small-${smallRun().hash}`);

const weightsOf = (folder: string): Promise<string> =>
  readFile(join(runOf(folder), 'training', 'one-seed1', 'student.safetensors'), 'base64');

/** What an evaluation says of quality and costs; not the times. */
const timeless = ({ rows, floors }: Evaluation) => ({
  floors,
  rows: rows.map(({ speed, cost, ...row }) => ({ ...row, cost: cost && { ...cost, trainingSeconds: 0 } })),
});

async function filesIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.safetensors')) : [];
}

async function expectSame(found: Distilled, folder: string): Promise<void> {
  expect(await weightsOf(folder)).toBe(await weightsOf(join(base, 'whole')));
  expect(timeless(found.evaluation)).toEqual(timeless(whole.evaluation));
  expect(found.students).toBe(whole.students); // no second folder of results beside a half-written one
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-pipeline-'));
  whole = await run(await newFolder('whole'));
}, patience);
afterAll(() => rm(base, { recursive: true }));
afterEach(() => process.chdir(home));

describe('a run that was killed', () => {
  it(
    'while it solved trajectories, trained and sampled ends with the same weights and quality',
    async () => {
      const folder = await newFolder('killed');
      const places: [string, string][] = [
        ['trajectories', 'shard-00001.safetensors'],
        ['training/one-seed1', 'checkpoint.safetensors'],
        ['evaluation', 'one-1-seed1.safetensors'],
      ];
      const delays: number[] = [];
      for (const [stage, file] of places) {
        const delay = Math.random() * 200;
        delays.push(delay);
        const killed = killWhen(runElsewhere(folder), () => existsSync(join(runOf(folder), stage, file)), delay);
        expect(await killed, `${stage}, ${delay} ms after ${file}`).toBe(true);
      }
      for (const name of await filesIn(join(runOf(folder), 'evaluation')))
        await readSealed(join(runOf(folder), 'evaluation', name)); // whole or absent
      await expectSame(await run(folder), folder).catch((cause) => {
        throw new Error(`killed ${delays.map(Math.round).join(', ')} ms after ${places.join(' ')}`, { cause });
      });
    },
    patience,
  );
});

describe.runIf(process.platform === 'linux')('a run that meets a full disk', () => {
  it(
    'ends with one line and exit code 5, and goes on when there is room',
    async () => {
      const folder = await newFolder('full');
      const { code, stdout, stderr } = await runElsewhere(folder, 'ulimit -f 24').ended;
      expect([code, stdout]).toEqual([5, '']);
      expect(stderr).toMatch(
        /^fewstep: \S+\/training\/one-seed1\/best\.safetensors: cannot be written: [^\n]+ \(EFBIG\)\n$/,
      );
      expect(existsSync(join(runOf(folder), 'trajectories', 'manifest.json'))).toBe(true);
      await expectSame(await run(folder), folder);
    },
    patience,
  );
});

describe('a run that is measured under other guidance scales', () => {
  it(
    'has every row under each, against the teacher under the same, and they differ',
    async () => {
      const { evaluation } = await run(await newFolder('guided'), 'evaluation.otherGuidance=[1, 2]');
      const kinds = (rows: Evaluation['rows']) => rows.map(({ kind, name, steps }) => [kind, name, steps]);
      const others = evaluation.otherGuidance ?? [];
      expect(others.map(({ guidance }) => guidance)).toEqual([1, 2]);
      for (const { guidance, rows, teacherTeacher } of others) {
        expect(kinds(rows)).toEqual(kinds(evaluation.rows));
        expect(rows.map((row) => row.guidance)).toEqual(rows.map(() => guidance));
        expect(teacherTeacher.energyDistance).toBeDefined();
      }
      const endpointErrors = [evaluation, ...others].map(
        ({ rows }) => rows.find(({ kind }) => kind === 'student')?.quality.endpointError?.value,
      );
      expect(new Set(endpointErrors).size).toBe(3);
    },
    patience,
  );
});
