import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureRows } from '../../../src/evaluation/stage/measure-rows.ts';
import { measuredPath } from '../../../src/evaluation/stage/measured-file.ts';
import { referenceFiles } from '../../../src/evaluation/stage/reference.ts';
import { type SampledRow, sampledRows } from '../../../src/evaluation/stage/samples.ts';
import { writeSealed } from '../../../src/ground/file/sealed.ts';
import { fitted, measuredIn, position, recipe, student, tokens } from './small-evaluation.ts';

let folder: string;
let rows: SampledRow[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-measured-'));
  rows = sampledRows(recipe, { students: [student], solvers: [fitted] }, folder);
  for (const { path, row, other } of rows)
    await writeSealed(path, { tokens: tokens(`${row.kind} ${other}`), position }, {});
});
afterAll(() => rm(folder, { recursive: true }));

const measured = async (version = '1') =>
  measureRows(
    { rows, reference: referenceFiles(rows, recipe.evaluation.guidance) },
    {
      ...measuredIn(folder),
      versions: { fewstep: version },
    },
  );
const files = () => rows.map(({ path }) => measuredPath(path));
/** When each row's result was written. */
const written = () => Promise.all(files().map(async (path) => (await stat(path)).mtimeMs));
const changed = (before: readonly number[], after: readonly number[]) =>
  after.flatMap((time, index) => (time === before[index] ? [] : [index]));

describe('rows that were measured', () => {
  it('are kept, and measured again where their samples, what they are compared with or the software are others', async () => {
    const first = await measured();
    const times = await written();
    expect(await measured()).toEqual(first);
    expect(changed(times, await written())).toEqual([]);

    const [solver] = [rows.findIndex(({ row }) => row.kind === 'solver')];
    await writeSealed(rows[solver]?.path ?? '', { tokens: tokens('another'), position }, {});
    const second = await measured();
    expect(changed(times, await written())).toEqual([solver]);
    expect(second.measured[solver]?.quality).not.toEqual(first.measured[solver]?.quality);

    const before = await written();
    const teacher = rows.findIndex(({ other }) => other);
    await writeSealed(rows[teacher]?.path ?? '', { tokens: tokens('a teacher'), position }, {});
    const third = await measured();
    expect(changed(before, await written())).toEqual([...rows.keys()]);
    expect(third.floor).not.toEqual(second.floor);
    const again = await written();
    expect(await measured('2')).toEqual(third);
    expect(changed(again, await written())).toEqual([...rows.keys()]);
  });

  it('are measured again where what was kept is damaged', async () => {
    const [first] = files();
    const whole = await measured('2');
    const text = await readFile(first ?? '', 'utf8');
    await writeFile(first ?? '', text.replace(/"value": -?\d/, '"value": 7'));
    expect(await measured('2')).toEqual(whole);
    expect(await readFile(first ?? '', 'utf8')).toBe(text);
  });
});
