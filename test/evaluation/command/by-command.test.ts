import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureByCommand } from '../../../src/evaluation/command/by-command.ts';
import { type ByCommand, byCommandSchema } from '../../../src/evaluation/command/result.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { side, tinyJudge } from '../features/tiny-judge.ts';
import { type SmallLoop, smallLoop, writePictures, writeTokens } from './small-loop.ts';

let loop: SmallLoop;
beforeAll(async () => {
  loop = await smallLoop();
});
afterAll(() => rm(loop.folder, { recursive: true }));

async function measured(reads: string, ...set: string[]): Promise<ByCommand> {
  const found = await measureByCommand(loop.recipe(reads, ...set), loop.options);
  if (found === undefined) throw new Error('nothing was measured');
  expect(byCommandSchema.parse(found)).toEqual(found);
  return found;
}

it('a recipe without a command runs nothing', async () => {
  expect(await measureByCommand(smallRecipe(), loop.options)).toBeUndefined();
});

describe('tokens', () => {
  it('are held to the teacher’s other seed, and the floor is that of its two', async () => {
    await writeTokens(loop.folder, [1, 2], [60, 2]);
    const { rows, floors, samples } = await measured('tokens');
    expect(await loop.runs()).toEqual([
      ...['tokens none 8 1.5 1', 'tokens none 8 1.5 2'],
      ...['tokens head.onnx 1 1.5 1', 'tokens head.onnx 2 1.5 1'],
    ]);
    expect(samples).toBe(60);
    expect(rows.map(({ kind, name, steps, guidance, seeds }) => [kind, name, steps, guidance, seeds])).toEqual([
      ['student', 'one', 1, 1.5, [1]],
      ['student', 'one', 2, 1.5, [1]],
    ]);
    const [moved, equal] = rows;
    expect(moved?.quality.fd?.value).toBeGreaterThan(6); // the square of (2, 2) is 8
    expect(moved?.quality.fd?.value).toBeLessThan(10);
    expect([moved?.outside, equal?.outside]).toEqual([['fd'], []]);
    expect(floors[0]?.quality.fd?.value).toBeLessThan(0.4);
    expect(Object.keys(floors[0]?.quality ?? {})).toEqual(Object.keys(equal?.quality ?? {}));
    expect(Object.keys(equal?.quality ?? {})).toContain('kid');
  });

  it('that are kept are not made again; what has changed is', async () => {
    await measured('tokens');
    expect(await loop.runs()).toEqual([]);
    const [student] = loop.options.students;
    const students = student === undefined ? [] : [{ ...student, hash: 'other' }];
    await measureByCommand(loop.recipe('tokens'), { ...loop.options, students });
    expect(await loop.runs()).toEqual(['tokens head.onnx 1 1.5 1', 'tokens head.onnx 2 1.5 1']);
    await loop.change();
    await measureByCommand(loop.recipe('tokens'), { ...loop.options, students });
    expect(await loop.runs()).toHaveLength(4);
  });

  it('of several in a sample are one unit, of which KID’s interval knows nothing', async () => {
    await writeTokens(loop.folder, [3, 4], [20, 4, 2]);
    const { samples, rows } = await measured('tokens', 'seeds=[1,2]', 'evaluation.command.seeds=[3,4]');
    expect(samples).toBe(20);
    expect(Object.keys(rows[0]?.quality ?? {})).not.toContain('kid');
  });

  it('of another number than the teacher’s are refused', async () => {
    await writeTokens(loop.folder, [3], [60, 2]);
    await rm(join(loop.folder, 'run/evaluation/command/student-one-1-w1.5-seed3.safetensors'));
    await expect(measured('tokens', 'evaluation.command.seeds=[3,4]')).rejects.toThrow(
      /student-one-1-w1.5-seed3.safetensors: expected samples \[20, 4, 2\], as the teacher's first, got \[60, 2\]; delete it/,
    );
  });
});

describe('metrics', () => {
  it('are means over the seeds, with the teacher’s floor, under every scale that the words name', async () => {
    await loop.runs();
    const { rows, floors } = await measured('metrics', 'evaluation.otherGuidance=[2]');
    expect((await loop.runs()).length).toBe(2 * 3 * 3);
    expect(rows.map(({ kind, steps, guidance, outside }) => [kind, steps, guidance, outside])).toEqual([
      ...[
        ['teacher', 8, 1.5, undefined],
        ['student', 1, 1.5, ['fid']],
        ['student', 2, 1.5, ['fid']],
      ],
      ...[
        ['teacher', 8, 2, undefined],
        ['student', 1, 2, ['fid']],
        ['student', 2, 2, ['fid']],
      ],
    ]);
    expect(rows[1]?.quality.fid?.value).toBeCloseTo(1.2, 12);
    expect(rows[1]?.quality.fid?.high).toBeCloseTo(1.2 + (4.302653 * 0.1) / Math.sqrt(3), 6);
    expect(rows[1]?.seeds).toEqual([1, 2, 3]);
    expect(floors.map(({ guidance }) => guidance)).toEqual([1.5, 2]);
    expect(floors[0]?.quality.fid?.low).toBeCloseTo(8.2 - 4.302653 * 0.1 * Math.sqrt(2 / 3), 6);
  });

  it('that cannot be read stay in a folder of that try alone, until the next', async () => {
    const folder = join(loop.folder, 'run/evaluation/command');
    const tries = async () => (await readdir(folder)).filter((name) => name.startsWith('teacher-8-w1.5-seed8.'));
    const first = measured(
      'metrics',
      'evaluation.command.seeds=[8,9,10]',
      'evaluation.command.teacher=["./loop.sh",none,"","8","{guidance}","{seed}","{out}"]',
    );
    await expect(first).rejects.toThrow(
      /teacher-8-w1.5-seed8.try-[0-9a-f]{8}: expected the file metrics.json of the command, got nothing/,
    );
    expect(await tries()).toEqual(expect.arrayContaining([expect.stringMatching(/\.try-/)]));
    await measured('metrics', 'evaluation.command.seeds=[8,9,10]');
    expect(await tries()).toEqual([
      'teacher-8-w1.5-seed8.err.log',
      'teacher-8-w1.5-seed8.json',
      'teacher-8-w1.5-seed8.out.log',
    ]);
    expect(await readdir(join(folder, 'teacher-8-w1.5-seed8'))).toEqual(['metrics.json']);
  });

  it('of other names than the teacher’s are refused', async () => {
    await writeFile(join(loop.folder, 'more'), '');
    await expect(measured('metrics', 'evaluation.command.seeds=[5,6,7]')).rejects.toThrow(
      /student-one-1-w1.5-seed5.json: expected the metrics of the teacher \(fid, other\), got fid, more, other; delete it/,
    );
  });
});

describe('images', () => {
  it('are compared with what the recipe names, and with the teacher’s other seed', async () => {
    await writePictures(loop.folder, side);
    const features = `evaluation.features={ model: ${await tinyJudge()}, name: tiny }`;
    const alone = await measured('images', features);
    expect(alone.rows.map(({ kind }) => kind)).toEqual(['student', 'student']);
    expect(alone.features).toMatchObject({ name: 'tiny', distance: 'FD-tiny' });
    const told = await measured('images', features, `evaluation.statistics=${join(loop.folder, 'pictures-2')}`);
    expect(told.statistics).toMatchObject({ name: 'pictures-2', images: 6 });
    expect(told.rows.map(({ kind, outside }) => [kind, outside])).toEqual([
      ['teacher', undefined],
      ['student', []],
      ['student', []],
    ]);
    const [teacher, student] = told.rows;
    expect(teacher?.quality.fd?.value).toBeCloseTo(alone.rows[0]?.quality.fd?.value ?? Number.NaN, 9);
    expect(student?.quality.fdRatio?.value).toBeCloseTo(1, 9); // the same pictures
    expect(Object.keys(told.floors[0]?.quality ?? {})).toEqual(['fdToTeacher']);
  });
});
