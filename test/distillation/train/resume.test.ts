import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readStudent } from '../../../src/distillation/student/file.ts';
import { studentFacts } from '../../../src/distillation/train/student-facts.ts';
import { trainingForwards, trainStudent } from '../../../src/distillation/train/student-job.ts';
import { openCache } from '../../../src/distillation/trajectory/cache.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { readStage } from '../../../src/ground/file/manifest.ts';
import { killWhen, runModule } from '../../other-process.ts';
import { inFolder, smallCache, smallJob } from './small-job.ts';

let base: string;
let cache: string;
/** A training without interruption. */
let whole: string;
let folder: string;
let made = 0;

/** The student's weights, and those at its best, as text. */
const weights = async (of: string): Promise<string> => {
  const files = await Promise.all((['student', 'best'] as const).map((name) => readFile(inFolder(of, name), 'base64')));
  return files.join(' ');
};

/** What a training has written before its student. */
async function copyUnfinished(from: string, to: string): Promise<void> {
  for (const name of ['metrics', 'checkpoint', 'best'] as const) await cp(inFolder(from, name), inFolder(to, name));
}

/** The log's lines without the time. */
async function metrics(of: string): Promise<object[]> {
  const text = await readFile(inFolder(of, 'metrics'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), secondsElapsed: 0 }));
}

/** The facts of a training, and the times in them by step count. */
async function factsOf(of: string) {
  const stage = await readStage(of, studentFacts);
  if (stage === undefined) throw new Error(`${of}: no training is complete`);
  const found = (stage.facts.searched ?? []).map(({ steps, times }) => [String(steps), times] as const);
  return { facts: stage.facts, found: Object.fromEntries(found) };
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-training-'));
  cache = join(base, 'cache');
  whole = join(base, 'whole');
  await mkdir(whole);
  await smallCache(cache);
  await trainStudent(smallJob(cache, whole), () => {});
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(async () => {
  folder = join(base, `student-${made++}`);
  await mkdir(folder);
});

describe('a training that was killed', () => {
  it('between checkpoints gives the same weights and the same log when it goes on', async () => {
    const slow = ['students[0].training.steps=3000', 'students[0].training.checkpointEvery=700'];
    const uninterrupted = join(base, 'slow');
    await mkdir(uninterrupted);
    await trainStudent(smallJob(cache, uninterrupted, ...slow), () => {});
    const started = runModule(new URL('./train-small.ts', import.meta.url), [cache, folder, ...slow]);
    const delay = Math.random() * 100; // in the middle of anything
    expect(await killWhen(started, () => existsSync(inFolder(folder, 'checkpoint')), delay)).toBe(true);
    const steps: number[] = [];
    await trainStudent(smallJob(cache, folder, ...slow), ({ step }) => steps.push(step));
    expect([710, 1410, 2110, 2810], `killed ${delay} ms after the checkpoint`).toContain(steps[0]);
    expect(await weights(folder)).toBe(await weights(uninterrupted));
    expect(await metrics(folder)).toEqual(await metrics(uninterrupted));
  });

  it('moved by Muon gives the same weights and the same log when it goes on', async () => {
    const muon = ['students[0].head.width=32', 'students[0].training.optimizer=muon'];
    const uninterrupted = join(base, 'muon');
    await mkdir(uninterrupted);
    await trainStudent(smallJob(cache, uninterrupted, ...muon), () => {});
    const stopped = trainStudent(smallJob(cache, folder, ...muon), ({ step }) => {
      if (step === 50) throw new Error('stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    const steps: number[] = [];
    await trainStudent(smallJob(cache, folder, ...muon), ({ step }) => steps.push(step));
    expect(steps).toEqual([50, 60]); // from the checkpoint at 40
    expect(await weights(folder)).toBe(await weights(uninterrupted));
    expect(await metrics(folder)).toEqual(await metrics(uninterrupted));
    expect(await weights(folder)).not.toBe(await weights(whole));
  });

  it('before its first checkpoint starts anew, its log too', async () => {
    await cp(inFolder(whole, 'metrics'), inFolder(folder, 'metrics'));
    await trainStudent(smallJob(cache, folder), () => {});
    expect(await weights(folder)).toBe(await weights(whole));
    expect(await metrics(folder)).toEqual(await metrics(whole));
  });

  it('after its last checkpoint only writes what was missing', async () => {
    await copyUnfinished(whole, folder);
    const steps: number[] = [];
    await trainStudent(smallJob(cache, folder), ({ step }) => steps.push(step));
    expect(steps).toEqual([]);
    expect(await weights(folder)).toBe(await weights(whole));
    expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
  });
});

describe('a student of searched times', () => {
  const searched = ['students[0].times=searched', 'students[0].steps=[1, 2, 4]'];

  it('has the weights of one of equal times, its own times, and their forwards among its cost', async () => {
    await trainStudent(smallJob(cache, folder, ...searched), () => {});
    const [own, equal] = [
      await readStudent(inFolder(folder, 'student')),
      await readStudent(inFolder(whole, 'student')),
    ];
    const { times, ...same } = own;
    expect(same).toEqual(equal);
    const { facts, found } = await factsOf(folder);
    expect(times).toEqual({ 'flow-map': found });
    expect(Object.keys(found)).toEqual(['2', '4']);
    const { all: training } = trainingForwards(
      smallJob(cache, folder, ...searched).student,
      {},
      await openCache(cache),
    );
    const paths = 40 * 2;
    expect((facts.forwards - training) % (2 * paths)).toBe(0);
    expect(facts.forwards - training).toBeGreaterThanOrEqual(31 * 2 * paths + 4 * paths);
    for (const { error, equal } of facts.searched ?? []) expect(error).toBeLessThanOrEqual(equal);
  });

  it('killed after its last checkpoint has the same bytes when it goes on', async () => {
    await trainStudent(smallJob(cache, folder, ...searched), () => {});
    const again = join(base, 'again');
    await mkdir(again);
    await copyUnfinished(folder, again);
    await trainStudent(smallJob(cache, again, ...searched), () => {});
    expect(await weights(again)).toBe(await weights(folder));
    expect(await weights(again)).not.toBe(await weights(whole));
  });
});

describe('a student of given times', () => {
  it('has the weights of one of equal times, and its times in its file', async () => {
    await trainStudent(smallJob(cache, folder, 'students[0].times={2: [0, 0.25, 1]}'), () => {});
    const { times, ...same } = await readStudent(inFolder(folder, 'student'));
    expect(same).toEqual(await readStudent(inFolder(whole, 'student')));
    expect(times).toEqual({ 'flow-map': { 2: [0, 0.25, 1] } });
  });
});

describe('a student trained with int8 products', () => {
  const sizes = ['students[0].head.width=512', 'students[0].training.batch=80', 'students[0].training.steps=30'];
  const rounded = [...sizes, 'students[0].training.precision=int8'];

  it('says so, is another one than in float32, and stopped goes on to the same weights', async () => {
    const [uninterrupted, exact] = [join(base, 'int8'), join(base, 'float32')];
    for (const each of [uninterrupted, exact]) await mkdir(each);
    await trainStudent(smallJob(cache, uninterrupted, ...rounded), () => {});
    await trainStudent(smallJob(cache, exact, ...sizes), () => {});
    expect((await factsOf(uninterrupted)).facts.precision).toEqual({ used: 'int8' });
    expect((await factsOf(exact)).facts.precision).toBeUndefined();
    expect(await weights(uninterrupted)).not.toBe(await weights(exact));
    const stopped = trainStudent(smallJob(cache, folder, ...rounded), ({ step }) => {
      if (step === 30) throw new Error('stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    await trainStudent(smallJob(cache, folder, ...rounded), () => {});
    expect(await weights(folder)).toBe(await weights(uninterrupted));
  });
});

describe('a checkpoint', () => {
  it.each([
    ['with another byte among its tensors', (bytes: Buffer) => bytes.fill(0x3f, bytes.length - 8, bytes.length - 7)],
    ['with another step', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('"60"', '"40"'), 'latin1')],
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['of something else', () => Buffer.from('not tensors')],
  ])('%s is refused with its path and what to do, and stays', async (_, damage) => {
    const path = inFolder(folder, 'checkpoint');
    await writeFile(path, damage(await readFile(inFolder(whole, 'checkpoint'))));
    const before = await readFile(path);
    const error = await trainStudent(smallJob(cache, folder), () => {}).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(
      new RegExp(`^${path}: [^\n]+; delete it and run the same command again to start this training anew$`),
    );
    expect(await readFile(path)).toEqual(before);
  });

  it('of another network is refused with the tensor that differs', async () => {
    await cp(inFolder(whole, 'checkpoint'), inFolder(folder, 'checkpoint'));
    const other = smallJob(cache, folder, 'students[0].head.width=8');
    await expect(trainStudent(other, () => {})).rejects.toThrow(
      /checkpoint\.safetensors: tensor parameters\/\S+: expected float32 \[8/,
    );
  });
});
