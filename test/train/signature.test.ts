import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { headShapes } from '../../src/head/config.ts';
import { readStudent } from '../../src/student/file.ts';
import { trainStudent } from '../../src/train/student-job.ts';
import { inFolder, smallCache, smallJob } from './small-job.ts';

const folder = await mkdtemp(join(tmpdir(), 'fewstep-signature-'));
afterAll(() => rm(folder, { recursive: true }));

it.each(['consistency', 'rectified-flow'])(
  'a %s student of the original signature trains without hearing guidance',
  async (method) => {
    const cache = join(folder, 'trajectories');
    await smallCache(cache);
    const own = join(folder, method);
    const set = ['guidance=1.5', `students[0].method=${method}`, 'students[0].signature=original'];
    await trainStudent(smallJob(cache, own, ...set, 'students[0].training.steps=3'), () => {});
    const { config, parameters } = await readStudent(inFolder(own, 'student'));
    expect(config).toMatchObject({ signature: 'original', width: 16 });
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(headShapes(config)).sort());
  },
);
