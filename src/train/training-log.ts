import { z } from 'zod';
import { appendLine, truncateAfter } from '../file/json-lines.ts';
import type { TrainingLog } from './loop.ts';

/** The log of a training run, one JSON object a line; it goes on after a resumption. */
export interface TrainingLogFile {
  /** Keeps the lines up to a step, which is where training resumes; later ones would come twice. */
  resume(step: number): Promise<void>;
  /** Appends a line; its time counts on from the last kept one. */
  append(line: TrainingLog): Promise<void>;
  readonly lines: () => readonly TrainingLog[];
}

const lineSchema: z.ZodType<TrainingLog> = z
  .object({
    step: z.int().nonnegative(),
    loss: z.number(),
    gradientNorm: z.number(),
    learningRate: z.number(),
    secondsElapsed: z.number(),
  })
  .catchall(z.number());

/** Opens the log at a path; it is read and cut when training starts. Throws FileError with the number of a bad line. */
export function trainingLogFile(path: string): TrainingLogFile {
  let lines: TrainingLog[] = [];
  let secondsBefore = 0;
  return {
    lines: () => lines,
    async resume(step) {
      lines = await truncateAfter(path, step, lineSchema);
      secondsBefore = lines.at(-1)?.secondsElapsed ?? 0;
    },
    async append(line) {
      const whole = { ...line, secondsElapsed: secondsBefore + line.secondsElapsed };
      lines.push(whole);
      await appendLine(path, whole);
    },
  };
}
