import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { DivergedError, EngineError, FileError } from '../../../src/ground/errors.ts';
import { WorkerLostError } from '../../../src/ground/pool/failure.ts';
import { createPool, type Pool, type PoolOptions } from '../../../src/ground/pool/pool.ts';
import { lingering, type SquareJob, type SquareResult } from './square-worker.ts';

const squareWorker = new URL('./square-worker.ts', import.meta.url);
const open: { close(): Promise<void> }[] = [];
function squares(options: Partial<PoolOptions> = {}): Pool<SquareJob, SquareResult, number> {
  const pool = createPool<SquareJob, SquareResult, number>(squareWorker, { workers: 1, ...options });
  open.push(pool);
  return pool;
}
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));

const job = (...values: number[]): SquareJob => ({ values: Float32Array.of(...values) });

/** The threads of a pool of two, ascending. */
async function threadsOf(pool: Pool<SquareJob, SquareResult, number>): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < 2) for (const { thread } of await pool.all([job(1), job(2)])) found.add(thread);
  return [...found].sort((a, b) => a - b);
}

describe('a pool', () => {
  it('runs a TypeScript module on another thread', async () => {
    const { squares: result, thread } = await squares().run(job(1, 2, 3));
    expect(result).toEqual(Float32Array.of(1, 4, 9));
    expect(thread).toBeGreaterThan(0);
  });

  it('has as many threads as asked for and no more than the machine runs at once', () => {
    expect(squares({ workers: 0 }).workers).toBe(1);
    expect(squares({ workers: 1000 }).workers).toBe(availableParallelism());
  });

  it('gives results in the order of the jobs, and each as it comes', async () => {
    const jobs = Array.from({ length: 40 }, (_, i) => job(i));
    const done: number[] = [];
    const messages: number[] = [];
    const results = await squares({ workers: 2 }).all(jobs, {
      onDone: ({ squares: [square = 0] }, index) => done.push(square - index * index),
      onMessage: (message, index) => messages.push(message - index),
    });
    expect(results.map(({ squares: [square] }) => square)).toEqual(jobs.map((_, i) => i * i));
    expect(done).toEqual(new Array(40).fill(0));
    expect(messages).toEqual(new Array(40).fill(0));
  });

  it('begins jobs in the order in which they were given', async () => {
    const begun: number[] = [];
    const jobs = Array.from({ length: 12 }, (_, i) => job(i));
    await squares().all(jobs, { onMessage: (_, index) => begun.push(index) });
    expect(begun).toEqual(jobs.map((_, i) => i));
  });

  it('hands over every message in order before the result', async () => {
    const values = Array.from({ length: 500 }, (_, i) => i);
    const messages: number[] = [];
    await squares().run(job(...values), { onMessage: (message) => messages.push(message) });
    expect(messages).toEqual(values);
  });

  it('rejects with what the listener of messages throws', async () => {
    const onMessage = () => {
      throw new Error('the listener broke');
    };
    await expect(squares().run(job(1), { onMessage })).rejects.toThrow('the listener broke');
  });

  it('copies the arrays of a job, or moves them when told', async () => {
    const pool = squares();
    const copied = job(1, 2);
    const moved = job(1, 2);
    await pool.run(copied);
    expect((await pool.run(moved, { move: true })).squares).toEqual(Float32Array.of(1, 4));
    expect([copied.values.length, moved.values.length]).toEqual([2, 0]);
  });

  it('leaves a worker the memory of which its result is a part', async () => {
    const pool = squares();
    for (let i = 0; i < 2; i++) {
      const { squares: part } = await pool.run({ ...job(), act: 'keep' });
      expect(part).toEqual(Float32Array.of(4, 4)); // the worker still has its four numbers
    }
  });
});

describe('a job that fails', () => {
  it('rejects with the same class, code, message and cause, and the thread goes on', async () => {
    const pool = squares();
    const error = await pool.run({ ...job(1), act: 'fail' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error).toMatchObject({ name: 'DivergedError', code: 'diverged', message: 'loss is NaN at step 7' });
    expect(error.stack).toContain('square-worker');
    expect(error.cause).toBeInstanceOf(FileError);
    expect((await pool.run(job(2))).squares).toEqual(Float32Array.of(4));
  });

  it('rejects with the name and message of any other error', async () => {
    const error = await squares()
      .run({ ...job(1), act: 'fail plainly' })
      .catch((reason) => reason);
    expect(error).toMatchObject({ name: 'TypeError', message: 'plain' });
    expect(error).not.toBeInstanceOf(EngineError);
  });

  it('stops the other jobs of `all`', async () => {
    const pool = squares({ workers: 2 });
    const jobs: SquareJob[] = [
      { ...job(), act: 'hang' },
      { ...job(), act: 'fail' },
      { ...job(), act: 'hang' },
    ];
    await expect(pool.all(jobs)).rejects.toThrow(DivergedError);
    expect((await pool.run(job(3))).squares).toEqual(Float32Array.of(9));
  });

  it('of `all` is thrown when the others have ended, in their own threads', async () => {
    const pool = squares({ workers: 2 });
    const before = await threadsOf(pool);
    const started = performance.now();
    const gate = new Int32Array(new SharedArrayBuffer(4)); // else the failure may stop the other before it begins
    const jobs: SquareJob[] = [
      { ...job(), act: 'linger', gate },
      { ...job(), act: 'fail', gate },
    ];
    await expect(pool.all(jobs)).rejects.toThrow(DivergedError);
    expect(performance.now() - started).toBeGreaterThan(lingering);
    expect(await threadsOf(pool)).toEqual(before);
  });

  it('beside another one of `all` is thrown for both', async () => {
    const pool = squares({ workers: 2 });
    const fail: SquareJob = { ...job(), act: 'fail' };
    for (let i = 0; i < 20; i++) await expect(pool.all([fail, fail, fail])).rejects.toThrow('loss is NaN at step 7');
  });
});

describe('a thread that ends in the middle of a job', () => {
  it('by an exit is an engine error, and the job can be run again', async () => {
    const pool = squares();
    const messages: number[] = [];
    const running = pool.run({ ...job(1), act: 'exit' }, { onMessage: (message) => messages.push(message) });
    const error = await running.catch((reason) => reason);
    expect(error).toBeInstanceOf(WorkerLostError);
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe('a worker of square-worker.ts ended in the middle of a job: worker exited with code: 3');
    expect((await pool.run(job(5))).squares).toEqual(Float32Array.of(25));
  });

  it('by want of memory is one too', async () => {
    const pool = squares({ memoryMegabytes: 48 });
    const error = await pool.run({ ...job(1), act: 'exhaust' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(WorkerLostError);
    expect(error.message).toMatch(/memory limit/);
    expect((await pool.run(job(5))).squares).toEqual(Float32Array.of(25));
  });

  it('by an error outside of the job rejects with that error', async () => {
    const pool = squares();
    await expect(pool.run({ ...job(1), act: 'throw later' })).rejects.toThrow('thrown outside of the job');
    expect((await pool.run(job(5))).squares).toEqual(Float32Array.of(25));
  });

  it('is an engine error also when the second attempt, which was asked for, ends so', async () => {
    const pool = squares({ attempts: 2 });
    await expect(pool.run({ ...job(1), act: 'exit' })).rejects.toThrow(WorkerLostError);
    expect((await pool.run(job(5))).squares).toEqual(Float32Array.of(25));
  });

  it('does not lose the jobs that wait', async () => {
    const pool = squares();
    const exits = pool.run({ ...job(1), act: 'exit' }).catch((reason) => reason);
    const waits = [pool.run(job(2)), pool.run(job(3))];
    expect(await exits).toBeInstanceOf(WorkerLostError);
    expect((await Promise.all(waits)).map(({ squares: [square] }) => square)).toEqual([4, 9]);
  });
});

describe('a pool that is stopped', () => {
  it('rejects running and waiting jobs with the reason of its signal', async () => {
    const controller = new AbortController();
    const pool = squares({ signal: controller.signal });
    const jobs = [pool.run({ ...job(), act: 'hang' }), pool.run({ ...job(), act: 'hang' })];
    setTimeout(() => controller.abort(new Error('interrupted')), 20);
    const reasons = await Promise.allSettled(jobs);
    expect(reasons.map((each) => each.status === 'rejected' && each.reason.message)).toEqual([
      'interrupted',
      'interrupted',
    ]);
    await expect(pool.run(job(1))).rejects.toThrow('interrupted');
  });

  it('ends its jobs before they reject', async () => {
    const controller = new AbortController();
    const pool = squares({ signal: controller.signal });
    let told = 0;
    const onMessage = (): void => {
      told = performance.now();
      controller.abort(new Error('interrupted'));
    };
    await expect(pool.run({ ...job(1), act: 'linger' }, { onMessage })).rejects.toThrow('interrupted');
    expect(performance.now() - told).toBeGreaterThan(lingering);
  });

  it('by closing waits until its jobs have ended', async () => {
    const pool = squares();
    const [told, ended] = [
      await pool.run(job(1)),
      pool.run({ ...job(), act: 'linger' }).catch(() => performance.now()),
    ];
    expect(told.squares).toEqual(Float32Array.of(1));
    await pool.close();
    expect(await ended).toBeLessThanOrEqual(performance.now());
    await expect(pool.run(job(1))).rejects.toThrow('the pool was closed');
  });

  it('by closing rejects what is not done', async () => {
    const pool = squares();
    const hanging = pool.run({ ...job(), act: 'hang' }).catch((reason) => reason);
    await pool.close();
    expect(await hanging).toBeInstanceOf(Error);
  });
});

it('a worker module that cannot be loaded fails its jobs with its own error', async () => {
  const pool = createPool<number, number>(new URL('./broken-worker.ts', import.meta.url), { workers: 1 });
  open.push(pool);
  await expect(pool.all([1, 2, 3])).rejects.toThrow('this module cannot be loaded');
  await expect(pool.run(1)).rejects.toThrow('this module cannot be loaded');
});
