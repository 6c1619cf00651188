import { basename } from 'node:path';
import type { Executor } from '../../src/ground/pool/executor.ts';
import { allBy } from '../../src/ground/pool/pool.ts';
import { readPlan } from '../../src/tasks/plan.ts';
import type { TaskRunner } from '../../src/tasks/runner.ts';

/** An executor that knows units by their names alone, as a queue does; `each` does one, once unless it says otherwise. */
export const byRunner = (
  run: string,
  runner: TaskRunner,
  each: (work: () => Promise<unknown>) => Promise<unknown> = (work) => work(),
): Executor => ({
  open: (kind) => {
    const one = async (job: Parameters<typeof kind.idOf>[0]): Promise<void> => {
      const { place } = await readPlan(run);
      await each(() => runner.run({ run: basename(run), place, kind: kind.name, id: kind.idOf(job) }));
    };
    return { workers: 2, run: one, all: allBy(one), close: async () => undefined };
  },
});
