import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.ts';
import { studentFolder } from '../../src/file/run-folder.ts';
import { readEvaluation, readRun } from '../../src/report/read.ts';
import { evaluationOf } from './fixture/evaluation.ts';
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

  it.each([
    ['another version’s field', { ...evaluation, colour: 'red' }, 'colour'],
    ['a missing field', { ...evaluation, floors: undefined }, 'floors'],
    ['a wrong type', { ...evaluation, rows: [{ ...teacher, steps: 'four' }] }, 'rows.0.steps'],
    [
      'an interval that is the wrong way round',
      { ...evaluation, rows: [{ ...teacher, quality: { fd: { value: 1, low: 2, high: 1 } } }] },
      'low ≤ high',
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

  it('leaves out a last line that was cut off, and metrics that it does not know', async () => {
    const folder = await runWithLog(`${JSON.stringify({ ...line, endpoint: 6 })}\n{"step":2,"lo`);
    expect((await readRun(folder)).training).toEqual([{ student: 'trajectory', seed: 1, lines: [line] }]);
  });

  it('names the line that is broken', async () => {
    const broken = runWithLog(`${JSON.stringify(line)}\n{"step":2}\n`).then(readRun);
    await expect(broken).rejects.toThrow(/metrics\.jsonl:2: loss/);
    await expect(runWithLog('nonsense\n').then(readRun)).rejects.toThrow(/metrics\.jsonl:1: expected one JSON object/);
  });

  it('does not follow a student’s name out of the run', async () => {
    const rows = evaluation.rows.map((row) => (row.name === 'trajectory' ? { ...row, name: '../../trajectory' } : row));
    const folder = await runWith(JSON.stringify({ ...evaluation, rows }));
    expect((await readRun(folder)).training).toEqual([]);
  });
});
