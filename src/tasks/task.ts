import { z } from 'zod';
import { wordPattern } from '../ground/field.ts';
import { type TaskKindName, taskKinds } from '../ground/pool/executor.ts';

/** The name of a run's folder: the recipe's name and twelve hex digits of its hash. */
const runPattern = new RegExp(`${wordPattern.source.replace(/\$$/, '')}-[0-9a-f]{12}$`);

/** The name of a run's folder, which is no path. */
export const runName = z
  .string()
  .max(80)
  .regex(runPattern, 'expected the name of a run, `<recipe>-<twelve hex digits>`');

/** The name of a file or folder that a unit makes, without its ending, which is no path. */
export const taskId = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9](?:[\w+,.-]*[\w+-])?$/, 'expected the name of a unit');

/** What tells the folder of a run from one of the same name that somebody else works in; drawn when it is planned. */
export const placeWord = z.string().regex(/^[0-9a-f]{16}$/, 'expected sixteen hex digits');

/** A work unit as a queue may name it: nothing else in it is heard. */
export const taskSchema = z.strictObject({ run: runName, place: placeWord, kind: z.enum(taskKinds), id: taskId });

/** A work unit of a run. */
export interface Task {
  readonly run: string;
  /** Of the folder that the run is in, as its plan says. */
  readonly place: string;
  readonly kind: TaskKindName;
  readonly id: string;
}
