import { cpuEngine } from '../graph/program.ts';
import { type Trained, train } from './loop.ts';
import type { TrainingOptions, TrainingTask } from './task.ts';
import { studentTrainingDefaults } from './training-schema.ts';

/** What is asked of a training; all that is not said is as recipes have it. */
export type UsualTraining = Pick<TrainingOptions, 'steps' | 'checkpoint'> & Partial<TrainingOptions>;

/** Of Adam (1412.6980). */
export const EPSILON = 1e-8;

/** Trains as `train` of the loop does, with what students of recipes are trained with where nothing else is said. */
export const trainUsually = (task: TrainingTask, options: UsualTraining): Promise<Trained> =>
  train(task, {
    ...studentTrainingDefaults,
    ...{ epsilon: EPSILON, logEvery: 20, engine: options.engine ?? cpuEngine() },
    warmup: Math.min(studentTrainingDefaults.warmup, Math.ceil(options.steps / 10)),
    ...options,
  });
