import { appendFile, readFile } from 'node:fs/promises';
import { writeAtomic } from '../file/atomic.ts';
import { fileFailure, systemCode } from '../file/failure.ts';
import type { TrainingLog } from './loop.ts';

/** The log of a training run, one JSON object a line; it goes on after a resumption. */
export interface TrainingLogFile {
  /** Keeps the lines up to a step, which is where training resumes; later ones would come twice. */
  resume(step: number): Promise<void>;
  /** Appends a line; its time counts on from the last kept one. */
  append(line: TrainingLog): Promise<void>;
  readonly lines: () => readonly TrainingLog[];
}

/** Opens the log at a path; it is read and cut when training starts. */
export function trainingLogFile(path: string): TrainingLogFile {
  let lines: readonly TrainingLog[] = [];
  let secondsBefore = 0;
  return {
    lines: () => lines,
    async resume(step) {
      lines = (await readLines(path)).filter((line) => line.step <= step);
      secondsBefore = lines.at(-1)?.secondsElapsed ?? 0;
      await writeAtomic(path, lines.map(format).join(''));
    },
    async append(line) {
      const whole = { ...line, secondsElapsed: secondsBefore + line.secondsElapsed };
      lines = [...lines, whole];
      await appendFile(path, format(whole)).catch((error) => {
        throw fileFailure(path, 'written', error);
      });
    },
  };
}

const format = (line: TrainingLog): string => `${JSON.stringify(line)}\n`;

/** Whole lines of the log; a torn last one, from a kill, is left out. */
async function readLines(path: string): Promise<TrainingLog[]> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (systemCode(error) === 'ENOENT') return '';
    throw fileFailure(path, 'read', error);
  });
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TrainingLog);
}
