import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../errors.ts';
import type { Evaluation, TrainingLogLine } from '../evaluate/result.ts';
import { fileFailure, systemCode } from '../file/failure.ts';
import { studentFolder } from '../file/run-folder.ts';

/** What a student's training logged, one line a logged step, in the order of the steps. */
export interface TrainingLog {
  readonly student: string;
  readonly seed: number;
  readonly lines: readonly TrainingLogLine[];
}

/** Further metrics of a method may stand beside these; they are not read. */
const lineSchema: z.ZodType<TrainingLogLine> = z.object({
  step: z.int().nonnegative(),
  loss: z.number(),
  gradientNorm: z.number(),
  learningRate: z.number(),
  secondsElapsed: z.number(),
});

function parseLine(path: string, text: string, index: number): TrainingLogLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileError(`${path}:${index + 1}: expected one JSON object a line, got ${text.slice(0, 40)}`, { cause });
  }
  const result = lineSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new FileError(`${path}:${index + 1}: ${issue?.path.join('.')}: ${issue?.message}`, { cause: result.error });
}

/** The lines of a log; a last line without its end, from an interrupted run, is left out. */
function parseLog(path: string, text: string): readonly TrainingLogLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(path, line, index)]));
}

async function readLog(path: string): Promise<readonly TrainingLogLine[]> {
  try {
    return parseLog(path, await readFile(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileFailure(path, 'read', error);
  }
}

/** A name that is one folder's name, so that a hostile one cannot lead out of the run's folder. */
const isFolderName = (name: string): boolean => !/[/\\\0]/.test(name);

/** The training logs of the students of an evaluation, where there are any. */
export async function readTrainingLogs(folder: string, { rows }: Evaluation): Promise<readonly TrainingLog[]> {
  const students = new Map(
    rows
      .filter(({ kind, name }) => kind === 'student' && isFolderName(name))
      .map(({ name, seed }) => [studentFolder(folder, name, seed), { student: name, seed }] as const),
  );
  const logs: TrainingLog[] = [];
  for (const [key, student] of students) {
    const lines = await readLog(join(key, 'metrics.jsonl'));
    if (lines.length > 0) logs.push({ ...student, lines });
  }
  return logs;
}
