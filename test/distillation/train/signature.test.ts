import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readStudent } from '../../../src/distillation/student/file.ts';
import { studentFacts } from '../../../src/distillation/train/student-facts.ts';
import { trainStudent } from '../../../src/distillation/train/student-job.ts';
import { readStage } from '../../../src/ground/file/manifest.ts';
import { headShapes } from '../../../src/heads/network/config.ts';
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
    const { config, parameters, metadata } = await readStudent(inFolder(own, 'student'));
    expect(metadata).toMatchObject({ method, name: 'one', seed: '1' });
    expect(metadata).not.toHaveProperty('teacherWeights');
    const log = (await readFile(inFolder(own, 'metrics'), 'utf8')).trim().split('\n');
    const { facts } = (await readStage(own, studentFacts)) ?? {};
    const seconds = JSON.parse(log.at(-1) ?? '').secondsElapsed;
    // three forwards a sample, and a look at the raw error
    expect(facts).toMatchObject({ steps: 3, samples: 48, forwards: 48 * 3 + 16, seconds });
    expect(config).toMatchObject({ signature: 'original', width: 16 });
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(headShapes(config)).sort());
  },
);
