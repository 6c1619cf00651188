import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudent, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { ownTimes, type StudentTimes, stepTimes } from '../../../src/distillation/student/times.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-times-'));
});
afterAll(() => rm(folder, { recursive: true }));

const config = { token: 3, condition: 5, width: 8, depth: 1, timeScale: 1 } as const;
const plain = { parameters: studentFromScratch(config, 1), config, sampler: 'flow-map', metadata: {} } as const;
const times: StudentTimes = {
  'flow-map': { 2: [0, 0.375, 1], 4: [0, 0.125, 0.25, 0.5, 1] },
  'consistency-renoised': { 2: [0, 0.75, 1] },
};

describe('the times of a student', () => {
  it('are read from its file as they were written, and are in no file without', async () => {
    const path = join(folder, 'own.safetensors');
    await writeStudent(path, { ...plain, times });
    expect(await readStudent(path)).toEqual({ ...plain, times });
    await writeStudent(path, plain);
    expect(Object.keys(await readStudent(path))).not.toContain('times');
  });

  it('are those of its sampler and step count, else equal ones', () => {
    expect([...stepTimes({ sampler: 'flow-map', times }, 2)]).toEqual([0, 0.375, 1]);
    expect([...stepTimes({ sampler: 'consistency-renoised', times }, 2)]).toEqual([0, 0.75, 1]);
    for (const student of [{ sampler: 'consistency-renoised', times } as const, { sampler: 'flow-map' } as const])
      expect([...stepTimes(student, 4)]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ownTimes({ sampler: 'velocity', times }, 2)).toBeUndefined();
  });

  it.each([
    ['that do not start at noise', '{"flow-map":{"2":[0.1,0.5,1]}}', 'flow-map.2: expected 3 rising times from 0 to 1'],
    ['that do not end at data', '{"flow-map":{"2":[0,0.5,0.9]}}', 'flow-map.2: expected 3 rising times from 0 to 1'],
    ['that go back', '{"flow-map":{"3":[0,0.6,0.5,1]}}', 'flow-map.3: expected 4 rising times from 0 to 1'],
    ['that stay', '{"flow-map":{"3":[0,0.5,0.5,1]}}', 'flow-map.3: expected 4 rising times from 0 to 1'],
    ['alike in float32', '{"flow-map":{"3":[0,0.5,0.50000000001,1]}}', 'flow-map.3: expected 4 rising times'],
    ['of another count', '{"flow-map":{"2":[0,0.3,0.6,1]}}', 'flow-map.2: expected 3 rising times from 0 to 1'],
    ['beyond data', '{"flow-map":{"2":[0,0.5,1,2]}}', 'flow-map.2: expected 3 rising times from 0 to 1'],
    ['of none', '{"flow-map":{"2":[]}}', 'flow-map.2: expected 3 rising times from 0 to 1'],
    ['beyond a number', '{"flow-map":{"2":[0,1e999,1]}}', 'flow-map.2'],
    ['that are no numbers', '{"flow-map":{"2":[0,null,1]}}', 'flow-map.2.1'],
    ['of one step', '{"flow-map":{"1":[0,1]}}', 'flow-map.1: '],
    ['of too many steps', '{"flow-map":{"65":[0,1]}}', 'flow-map.65: '],
    ['of no step count', '{"flow-map":{"constructor":[0,0.5,1]}}', 'flow-map.constructor'],
    ['of no sampler', '{"toString":{"2":[0,0.5,1]}}', ''],
    ['in a list', '[[0,0.5,1]]', ''],
    ['twice', '{"flow-map":{"2":[0,0.5,1],"2":[0,0.6,1]}}', ''],
    ['that are no JSON', '{', 'not valid JSON'],
  ])('%s are refused with their place', async (_, text, message) => {
    const path = join(folder, 'hostile.safetensors');
    await writeStudent(path, plain);
    await writeSafetensors(path, await readSafetensors(path), {
      metadata: { sampler: 'flow-map', timeScale: '1', times: text },
    });
    const error = await readStudent(path).catch((caught) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain('hostile.safetensors: metadata times:');
    expect(error.message).toContain(message);
  });
});
