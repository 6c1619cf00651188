import type { Executor, TaskKind } from '../ground/pool/executor.ts';
import { allBy, createPool, type Pool, type PoolOptions, type RunOptions } from '../ground/pool/pool.ts';
import { beginRecord, type Recording } from './record.ts';

/** Threads of this process, with records in a run's folder of what they do. */
export const recordingExecutor = (run: string): Executor => ({
  open: (kind, options) => recording(run, kind, options),
});

function recording<Job, Message>(
  run: string,
  { name, module, idOf }: TaskKind<Job, Message>,
  options: PoolOptions,
): Pool<Job, void, Message> {
  const pool = createPool<Job, void, Message>(module, options);
  const one = async (job: Job, { onStart, ...of }: RunOptions<Message> = {}): Promise<void> => {
    let record: Promise<Recording> | undefined;
    const begin = (): void => {
      onStart?.();
      record ??= beginRecord(run, { kind: name, id: idOf(job) });
      record.catch(() => undefined); // awaited below
    };
    try {
      await pool.run(job, { ...of, onStart: begin });
    } catch (error) {
      await record?.then((begun) => begun.end(error)).catch(() => undefined);
      throw error;
    }
    await (await record)?.end();
  };
  return { ...pool, run: one, all: allBy(one) };
}
