import { join } from 'node:path';
import { type BestFile, earlierLooks } from './best.ts';
import { type Trained, train } from './loop.ts';
import type { TrainingLog, TrainingOptions, TrainingTask } from './task.ts';
import { logPath, trainingLogFile } from './training-log.ts';
import { EPSILON } from './usual.ts';
import type { Look } from './validation.ts';

/** How a training in a folder goes on. */
export interface LoggedTraining
  extends Omit<TrainingOptions, 'epsilon' | 'checkpoint' | 'earlierErrors' | 'earlierLooks' | `on${string}`> {
  /** Holds the checkpoint and the log. */
  readonly folder: string;
  /** Where the best weights are kept, of a task with a validation. */
  readonly best?: BestFile;
  /** Called with the step that training starts at, then with every line of the log. */
  readonly progress?: ((step: number, line?: TrainingLog) => void) | undefined;
}

/** The checkpoint of a training in its folder. */
export const checkpointPath = (folder: string): string => join(folder, 'checkpoint.safetensors');

/** Trains with log and checkpoint in a folder, and goes on at the checkpoint that is there; gives the whole log, too. */
export async function trainLogged(
  task: TrainingTask,
  { folder, progress, best, ...options }: LoggedTraining,
): Promise<Trained & { readonly log: readonly TrainingLog[] }> {
  const log = trainingLogFile(logPath(folder), { every: options.logEvery, steps: options.steps });
  let looks: readonly Look[] = [];
  const trained = await train(task, {
    ...options,
    epsilon: EPSILON,
    checkpoint: checkpointPath(folder),
    onStart: async (step) => {
      await log.resume(step);
      if (best && task.validation) looks = await earlierLooks(log.lines(), task.validation.criterion, step, best);
      progress?.(step);
    },
    earlierErrors: () =>
      log.lines().flatMap(({ step, rawError }) => (rawError === undefined ? [] : [{ step, error: rawError }])),
    earlierLooks: () => looks,
    ...(best && { onBest: best.write }),
    onCheckpoint: () => log.flush(),
    onLog: async (line) => {
      await log.append(line);
      progress?.(line.step, line);
    },
  });
  return { ...trained, log: log.lines() };
}
