import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ByCommand } from '../../src/evaluation/command/result.ts';
import { readEvaluation } from '../../src/evaluation/stage/evaluation-file.ts';
import { commandBasis, commandCsv, commandSentence } from '../../src/report/by-command.ts';
import { writeReport } from '../../src/report/write.ts';
import { evaluationOf } from './fixture/evaluation.ts';
import { writeRunFolder } from './fixture/run-folder.ts';
import { temporaryFolder } from './fixture/temporary.ts';

const near = (value: number) => ({ value, low: value - 0.5, high: value + 0.5 });

const ofMetrics: ByCommand = {
  ...{ run: ['python3', '<loop>', '{head}'], reads: 'metrics' },
  rows: [
    {
      kind: 'teacher',
      name: 'teacher',
      steps: 32,
      guidance: 2,
      seeds: [1, 2, 3],
      seconds: 9,
      quality: { fid: near(3) },
    },
    {
      ...{ kind: 'student', name: 'trajectory', steps: 1, guidance: 2, seeds: [1, 2, 3], seconds: 1 },
      ...{ quality: { fid: near(7) }, outside: ['fid'] },
    },
    {
      ...{ kind: 'student', name: 'trajectory', steps: 2, guidance: 2, seeds: [1, 2, 3], seconds: 1 },
      ...{ quality: { fid: near(3.5) }, outside: [] },
    },
  ],
  floors: [{ guidance: 2, quality: { fid: near(3.25) } }],
};

const ofImages: ByCommand = {
  ...{ run: ['loop'], reads: 'images', samples: 2000, features: { name: 'dino', hash: 'ab', distance: 'FD-dino' } },
  rows: [
    {
      ...{ kind: 'student', name: 'trajectory', steps: 1, guidance: 2, seeds: [1], seconds: 1 },
      ...{ quality: { precision: near(0.5), fd: near(4) }, outside: ['fd'] },
    },
    { kind: 'student', name: 'trajectory', steps: 2, guidance: 2, seeds: [1], seconds: 1, quality: {} },
  ],
  floors: [{ guidance: 2, quality: { fd: near(1) } }],
};

describe('what a command measured', () => {
  it('is a sentence at the terminal: each student, where it stands, and by what', () => {
    expect(commandSentence({})).toBe('');
    expect(commandSentence({ byCommand: ofMetrics })).toBe(
      'Measured by your command: 1-step trajectory at guidance 2 outside the floor by fid (fid 7.00 [6.50, 7.50]); ' +
        '2-step trajectory at guidance 2 within the floor (fid 3.50 [3.00, 4.00]).',
    );
    expect(commandSentence({ byCommand: ofImages })).toBe(
      'Measured by your command: 1-step trajectory at guidance 2 outside the floor by FD-dino (FD-dino 4.00 [3.50, 4.50]); ' +
        '2-step trajectory at guidance 2 not measured.',
    );
  });

  it('says what it is of', () => {
    expect(commandBasis(ofMetrics)).toContain('means over 3 seeds with 95 % intervals');
    expect(commandBasis(ofImages)).toBe(
      'Measured on 2,000 images a row; distances are to the teacher’s other seed. The floor is that of the teacher’s two seeds.',
    );
    expect(commandBasis({ ...ofImages, statistics: { name: 'stats.npz', hash: 'ab' } })).toContain(
      'distances are to stats.npz, and to the teacher’s other seed',
    );
  });

  it('is a line a row and metric as CSV', () => {
    expect(commandCsv(ofMetrics).split('\n').slice(0, 3)).toEqual([
      'kind,name,steps,guidance,seeds,seconds,metric,value,low,high,floor,floor_low,floor_high,standing',
      'teacher,teacher,32,2,1 2 3,9,fid,3,2.5,3.5,3.25,2.75,3.75,',
      'student,trajectory,1,2,1 2 3,1,fid,7,6.5,7.5,3.25,2.75,3.75,outside the floor by fid',
    ]);
  });

  it('has a section of the page, files of its own and a place in evaluation.json', async () => {
    const folder = await temporaryFolder();
    const [teacher, ...others] = evaluationOf().rows;
    const few = { ...evaluationOf(), rows: [teacher, ...others.slice(0, 1)].flatMap((row) => row ?? []) };
    await writeRunFolder(join(folder, 'run'), { ...few, byCommand: ofMetrics });
    const { html, verdict } = await writeReport(join(folder, 'run'), join(folder, 'report'), { compact: true });
    const [, section = ''] =
      /<section id="by-command"[^>]*>([\s\S]*?)<\/section>/.exec(await readFile(html, 'utf8')) ?? [];
    expect(section).toContain('Measured by your command</h2>');
    expect(section).toContain('<code>python3 &lt;loop&gt; {head}</code>');
    const text = section.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('floor 2 3.25 [2.75, 3.75] the teacher beside itself');
    expect(text).toContain('trajectory 1 2 7.00 [6.50, 7.50] 1.00 s outside the floor by fid');
    expect(text).toContain('trajectory 2 2 3.50 [3.00, 4.00] 1.00 s within the floor');
    expect(verdict.replaceAll('\n', ' ')).toContain('Measured by your command: 1-step trajectory');
    expect(await readFile(join(folder, 'report', 'command.csv'), 'utf8')).toBe(commandCsv(ofMetrics));
    expect((await readEvaluation(join(folder, 'report'))).byCommand).toEqual(ofMetrics);
  });
});
