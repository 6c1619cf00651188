import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/ground/errors.ts';
import { writtenReference, writtenStill } from '../evaluation/reference/written-reference.ts';
import { runFewstep } from './run-fewstep.ts';

let folder = '';
let reference = '';
const students: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-evaluate-'));
  reference = await writtenReference(folder);
  students.push(
    await writtenStill(folder, 'a', { metadata: { name: 'one', method: 'trajectory', seed: '1' } }),
    await writtenStill(folder, 'b', {
      metadata: { name: 'two', method: 'phased-consistency', seed: '1' },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('evaluate --reference', () => {
  it('prints a table of students, samplers and step counts, and the floor', async () => {
    const text = await runFewstep('evaluate', ...students, '--reference', reference, '--steps', '1,2');
    const [titles = '', , ...rows] = text.split('\n');
    expect(titles.split(/ {2,}/)).toEqual([
      'Head',
      'Seed',
      'Sampler',
      'Steps',
      'NFE',
      'Energy distance [95 %]',
      'Std. error',
      'Dispersion',
      'Endpoint error',
    ]);
    expect(rows[0]).toMatch(
      /^one +1 {2}flow-map +1 +1 {2}−0\.500 \[−6\.853, 5\.853\] +0\.500 {2}0\.6 \[0\.0, 9\.0\] {2}5 \[0, 59\]$/,
    );
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4))).toMatchObject([
      ['one', '1', 'flow-map', '1'],
      ['one', '1', 'flow-map', '2'],
      ['two', '1', 'flow-map', '1'],
      ['two', '1', 'flow-map', '2'],
      ['two', '1', 'consistency-renoised', '2'],
      ['floor', '1.50 [−30.27, 33.27]', '2.50'],
      [''],
      ['Reference', `${reference}: 2 contexts × 2 draws, D = 1, H = 3`],
      ['Floor', 'x1 against x1_b, where equal distributions are'],
    ]);
  });

  it('fails where a condition holds, and only there', async () => {
    const failing = (condition: string) =>
      runFewstep('evaluate', ...students, '--reference', reference, '--steps', '1', '--fail-if', condition);
    await expect(failing('two@1: energy_distance < 100')).rejects.toThrow(
      '--fail-if two@1: energy_distance < 100: two@1 has energy_distance -0.5',
    );
    expect(await failing('energy_distance > 100')).toContain('Energy distance');
  });

  it('says at which times of a student’s own a row is, beside that of equal steps', async () => {
    const times = { 'flow-map': { 2: [0, 0.34375, 1] } };
    const own = await writtenStill(folder, 'own', {
      metadata: { name: 'own', method: 'trajectory', seed: '1' },
      times,
    });
    const text = await runFewstep('evaluate', own, '--reference', reference, '--steps', '1,2');
    const [titles = '', , ...rows] = text.split('\n');
    expect(titles.split(/ {2,}/).slice(0, 6)).toEqual(['Head', 'Seed', 'Sampler', 'Steps', 'Times', 'NFE']);
    expect(rows.slice(0, 3).map((row) => row.split(/ {2,}/).slice(3, 6))).toEqual([
      ['1', '1', '−0.500 [−6.853, 5.853]'],
      ['2', '0, 0.344, 1', '2'],
      ['2', '2', '−0.500 [−6.853, 5.853]'],
    ]);
  });

  it('measures at 1, 2 and 4 steps unless told, as one JSON object', async () => {
    const found = JSON.parse(await runFewstep('evaluate', students[0] ?? '', '--reference', reference, '--json'));
    expect(found).toMatchObject({
      reference,
      floor: { value: 1.5, low: expect.any(Number), high: expect.any(Number) },
    });
    expect(found.students).toMatchObject(
      [1, 2, 4].map((steps) => ({
        ...{ student: 'one', method: 'trajectory', seed: 1, sampler: 'flow-map', steps, nfe: steps },
        energyDistance: { value: -0.5, low: expect.any(Number), high: expect.any(Number), standardError: 0.5 },
        dispersion: { value: expect.closeTo(2.5 / 4.5, 12) },
        endpointError: { value: 4.75 },
      })),
    );
  });

  it('tells students of one name and seed apart by their files, each file once', async () => {
    const [one = ''] = students;
    const other = join(folder, 'training/one-seed1');
    await mkdir(other, { recursive: true });
    await rename(
      await writtenStill(folder, 'c', { metadata: { name: 'one', seed: '1' } }),
      join(other, 'student.safetensors'),
    );
    const text = await runFewstep('evaluate', one, one, other, '--reference', reference, '--steps', '1');
    expect(
      text
        .split('\n')
        .slice(2, 5)
        .map((row) => row.split(/ {2,}/).at(-1)),
    ).toEqual([one, join(other, 'student.safetensors'), '2.50']);
  });

  it.each([
    [['--steps', '1,2'], '--steps: expected --reference <file> beside it'],
    [['--seed', '2'], '--seed: expected --reference <file> beside it'],
    [['--teacher', 'x'], '--teacher: expected --reference <file> beside it'],
    [['other.yaml'], 'expected one recipe, got 2: only with --reference there may be several'],
    [['--reference', 'x', '--dry-run'], '--dry-run: expected no --reference'],
  ])('%j is refused beside a recipe', async (words, message) => {
    const error = await runFewstep('evaluate', 'small.yaml', ...words).catch((caught) => caught);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(message);
  });
});
