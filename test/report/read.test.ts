import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepPrecisions } from '../../src/evaluation/precision/file.ts';
import { evaluationText, readEvaluation } from '../../src/evaluation/stage/evaluation-file.ts';
import { FileError } from '../../src/ground/errors.ts';
import { studentFolder } from '../../src/ground/file/run-folder.ts';
import { readRun } from '../../src/report/read.ts';
import { evaluationOf } from './fixture/evaluation.ts';
import { precisionsOf } from './fixture/precisions.ts';
import { writeRunFolder } from './fixture/run-folder.ts';
import { temporaryFolder } from './fixture/temporary.ts';

async function runWith(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'evaluation.json'), text);
  return folder;
}

const evaluation = evaluationOf();
const [teacher] = evaluation.rows;

describe('reading a run', () => {
  it('gives back the evaluation, the training logs and the recipe', async () => {
    const folder = await temporaryFolder();
    await writeRunFolder(folder, evaluation);
    const run = await readRun(folder);
    expect(run.evaluation).toEqual(evaluation);
    expect(run.training.map(({ student, lines }) => [student, lines.length])).toEqual([
      ['trajectory', 200],
      ['consistency', 200],
    ]);
    expect(run.recipe).toContain('kind: distill');
  });

  it('gives what exports of its students measured', async () => {
    const folder = await temporaryFolder();
    await writeRunFolder(folder, evaluation);
    expect((await readRun(folder)).precisions).toEqual({});
    await keepPrecisions(folder, 'trajectory', precisionsOf());
    expect((await readRun(folder)).precisions).toEqual({ trajectory: precisionsOf() });
    await keepPrecisions(folder, 'trajectory', { ...precisionsOf(), machine: 'another' });
    expect((await readRun(folder)).precisions.trajectory?.machine).toBe('another');
  });

  it.each([
    ['another version’s field', { ...evaluation, colour: 'red' }, 'colour'],
    ['a missing field', { ...evaluation, floors: undefined }, 'floors'],
    ['a wrong type', { ...evaluation, rows: [{ ...teacher, steps: 'four' }] }, 'rows.0.steps'],
    [
      'an interval that is the wrong way round',
      { ...evaluation, rows: [{ ...teacher, quality: { fd: { value: 1, low: 2, high: 1 } } }] },
      'low ≤ high',
    ],
    [
      'a metric that is not known',
      { ...evaluation, rows: [{ ...teacher, quality: { warmth: { value: 1, low: 1, high: 1 } } }] },
      'expected known metrics, got warmth: where a plug-in measures it, name that by --plugin',
    ],
    ['a path that leads out of the run', { ...evaluation, realGrid: '../../secret.png' }, 'inside the run'],
    ['an absolute path', { ...evaluation, realGrid: '/etc/passwd' }, 'inside the run'],
    ['no rows', { ...evaluation, rows: [] }, 'rows'],
  ])('refuses %s and says where', async (_, value, place) => {
    const folder = await runWith(JSON.stringify(value));
    const reading = readEvaluation(folder);
    await expect(reading).rejects.toBeInstanceOf(FileError);
    await expect(reading).rejects.toThrow(place);
    await expect(reading).rejects.toThrow(/evaluation\.json.*run `fewstep evaluate` again/);
  });

  it('refuses what is not JSON, and a folder without an evaluation', async () => {
    await expect(readEvaluation(await runWith('{"recipe":'))).rejects.toThrow('not valid JSON');
    await expect(readEvaluation(await temporaryFolder())).rejects.toThrow('no such file or folder');
  });
});

describe('reading training logs', () => {
  const line = { step: 1, loss: 2, gradientNorm: 3, learningRate: 4, secondsElapsed: 5 };

  async function runWithLog(log: string): Promise<string> {
    const folder = await runWith(JSON.stringify(evaluation));
    await mkdir(studentFolder(folder, 'trajectory', 1), { recursive: true });
    await writeFile(join(studentFolder(folder, 'trajectory', 1), 'metrics.jsonl'), log);
    return folder;
  }

  it("leaves out a last line that was cut off, and keeps a method's own metrics", async () => {
    const folder = await runWithLog(`${JSON.stringify({ ...line, endpoint: 6 })}\n{"step":2,"lo`);
    const lines = [{ ...line, endpoint: 6 }];
    expect((await readRun(folder)).training).toEqual([{ student: 'trajectory', seed: 1, lines }]);
  });

  it('names the line that is broken', async () => {
    const broken = runWithLog(`${JSON.stringify(line)}\n{"step":2}\n`).then(readRun);
    await expect(broken).rejects.toThrow(/metrics\.jsonl:2: loss/);
    await expect(runWithLog('nonsense\n').then(readRun)).rejects.toThrow(/metrics\.jsonl:1: not valid JSON/);
  });
});

describe('an evaluation from elsewhere', () => {
  const changed = (change: object) => runWith(JSON.stringify({ ...evaluation, ...change }));
  const renamed = (change: object) => ({
    rows: evaluation.rows.map((row, index) => (index === 1 ? { ...row, ...change } : row)),
  });

  it.each([
    ['a recipe that leads out', { recipe: '../../x' }, 'recipe: expected lower-case letters'],
    ['a student that leads out', renamed({ name: '../../victim' }), 'rows.1.name: expected words'],
    ['a name with control characters', renamed({ name: 'a\u001b[2J' }), 'rows.1.name: expected words'],
    ['a hash that is none', { recipeHash: '*' }, 'recipeHash: expected a hash'],
    ['a command that turns the text', { command: 'fewstep \u202e' }, 'command: expected printable text'],
    ['a row twice', { rows: [teacher, teacher] }, 'rows: expected every name, step count and seed once'],
  ])('is refused with %s', async (_, change, what) => {
    const reading = readRun(await changed(change));
    await expect(reading).rejects.toBeInstanceOf(FileError);
    await expect(reading).rejects.toThrow(`evaluation.json: ${what}`);
  });

  it('may have no seal, as those of earlier versions, but one that is there must fit', async () => {
    expect(await readEvaluation(await changed({}))).toEqual(evaluation);
    const text = evaluationText('folder', evaluation);
    expect(await readEvaluation(await runWith(text))).toEqual(evaluation);
    const digit = text.replace(/"samples": (\d)/, '"samples": 1$1');
    expect(digit).not.toBe(text);
    await expect(runWith(digit).then(readEvaluation)).rejects.toThrow(/is damaged: .*run `fewstep evaluate` again/);
    await expect(runWith(text.replace('"seal"', '"sear"')).then(readEvaluation)).rejects.toThrow('sear');
  });
});
