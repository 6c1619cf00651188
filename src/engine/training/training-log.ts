import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../../ground/errors.ts';
import { appendLine, flushLines, readLines, truncateAfter } from '../../ground/file/json-lines.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import type { TrainingLog } from './task.ts';

/** The log of a training run, one JSON object a line; it goes on after a resumption. */
export interface TrainingLogFile {
  /**
   * Keeps the lines up to a step, which is where training resumes; later ones would come twice. Throws FileError where
   * lines before it are missing, but not where the whole log is: that is how to go on without it.
   */
  resume(step: number): Promise<void>;
  /** Appends a line; its time counts on from the last kept one. */
  append(line: TrainingLog): Promise<void>;
  /** Puts the lines on the disk, before a checkpoint that is ahead of them. */
  flush(): Promise<void>;
  readonly lines: () => readonly TrainingLog[];
}

const lineSchema: z.ZodType<TrainingLog> = z
  .object({
    step: z.int().nonnegative(),
    loss: z.number(),
    gradientNorm: z.number(),
    learningRate: z.number(),
    secondsElapsed: z.number(),
    rawError: z.number().exactOptional(),
    heldOutLoss: z.number().exactOptional(),
    heldOutEnergy: z.number().exactOptional(),
    trainedLoss: z.number().exactOptional(),
  })
  .catchall(z.number());

/** The log in a student's folder. */
export const logPath = (folder: string): string => join(folder, 'metrics.jsonl');

/** Which steps are logged: every so many, and the last. */
export interface LoggedSteps {
  readonly every: number;
  readonly steps: number;
}

/** Opens the log at a path; it is read and cut when training starts. Throws FileError with the number of a bad line. */
export function trainingLogFile(path: string, logged: LoggedSteps): TrainingLogFile {
  let lines: TrainingLog[] = [];
  let secondsBefore = 0;
  return {
    lines: () => lines,
    async resume(step) {
      if (step > 0 && !existsSync(path)) return;
      lines = await truncateAfter(path, step, lineSchema);
      checkWhole(path, lines, step, logged);
      secondsBefore = lines.at(-1)?.secondsElapsed ?? 0;
    },
    async append(line) {
      const whole = { ...line, secondsElapsed: secondsBefore + line.secondsElapsed };
      lines.push(whole);
      await appendLine(path, whole);
    },
    async flush() {
      if (existsSync(path)) await flushLines(path);
    },
  };
}

/** Throws FileError where the lines are not those of every logged step up to a step, but for a start that is not there. */
function checkWhole(path: string, lines: readonly TrainingLog[], step: number, { every, steps }: LoggedSteps): void {
  const first = lines[0]?.step ?? every;
  const wanted = Array.from({ length: Math.floor(step / every) }, (_, i) => (i + 1) * every);
  if (step === steps && step % every !== 0) wanted.push(step);
  const found = lines.map((line) => line.step);
  const missing = wanted.filter((at) => at >= first && !found.includes(at));
  if (missing.length === 0 && new Set(found).size === found.length) return;
  const what = missing.length === 0 ? 'a step twice' : `none of step ${missing[0]}${rest(missing.length - 1)}`;
  throw new FileError(
    `${path}: expected a line every ${every} steps up to the checkpoint at ${step}, found ${what}; delete this file to ` +
      'go on without it, or the checkpoint, too, to train this student anew',
  );
}

const rest = (count: number): string => (count === 0 ? '' : ` and ${count} more`);

/**
 * The lines of a finished training's log; none where there is no log. `seal` is the log's SHA-256 where it is known.
 * Throws FileError where it is not what training wrote.
 */
export async function readTrainingLog(folder: string, seal?: string): Promise<readonly TrainingLog[]> {
  const path = logPath(folder);
  if (!existsSync(path)) return [];
  if (seal !== undefined && (await sha256File(path)) !== seal)
    throw new FileError(
      `${path}: is damaged: its content is not what training wrote; delete it: reports then lack this curve, nothing else`,
    );
  return readLines(path, lineSchema);
}
