/** The checkpoint of a training under way, in the store now and then, so that another machine can go on where this one ends. */
import { join } from 'node:path';
import { checkpointStep } from '../../engine/training/checkpoint.ts';
import { checkpointPath } from '../../engine/training/logged-training.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { repeat } from '../../ground/repeat.ts';
import type { OpenedRun } from '../opened-run.ts';
import type { Entry } from './entry.ts';
import type { Mirror } from './mirror.ts';
import { checkpointSet } from './sets.ts';

/** What watches a training. */
export interface CheckpointWatch {
  /** Ends the watching: the student is trained, and its entry is there, or it is not, and what there is is sent once more. */
  readonly end: (trained: Entry | undefined) => Promise<void>;
}

/** The step of the checkpoint that is here; 0 where there is none. */
const stepHere = (run: OpenedRun, student: string): Promise<number> =>
  checkpointStep(checkpointPath(join(stageFolder(run.path, 'training'), student)));

/** Brings the checkpoint of a training here, where the store's is ahead of the one that is. Throws FileError. */
export async function fetchCheckpoint(mirror: Mirror, run: OpenedRun, student: string): Promise<void> {
  const set = checkpointSet(student);
  const { step = 0 } = (await mirror.entry(run.name, set)) ?? {};
  if (step > (await stepHere(run, student))) await mirror.fetch(run.name, set);
}

/** Sends the checkpoint of a training whenever it has moved on, at most every so many seconds. */
export function watchCheckpoint(
  mirror: Mirror,
  run: OpenedRun,
  student: string,
  { seconds }: { readonly seconds: number },
): CheckpointWatch {
  const set = checkpointSet(student);
  let last: Entry | undefined;

  async function send(): Promise<void> {
    const step = await stepHere(run, student);
    if (step <= (last?.step ?? 0)) return;
    const before = last ?? (await mirror.entry(run.name, set));
    last = await mirror.send(run.name, set, { step }); // a later checkpoint may have come meanwhile, which does no harm
    if (before !== undefined && last !== undefined) await mirror.prune(run.name, before, last);
  }

  let sending = Promise.resolve();
  const stop = repeat(() => {
    sending = send();
    return sending;
  }, 1000 * seconds);
  return {
    async end(trained) {
      stop();
      await sending.catch(() => undefined);
      if (trained === undefined) return send();
      const entry = last ?? (await mirror.entry(run.name, set));
      if (entry !== undefined) await mirror.remove(run.name, set, entry, [trained]);
    },
  };
}
