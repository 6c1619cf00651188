import { studentFacts } from '../distillation/train/student-facts.ts';
import { readTrainingLog } from '../engine/training/training-log.ts';
import type { Evaluation, TrainingLogLine } from '../evaluation/stage/result.ts';
import { readStage } from '../ground/file/manifest.ts';
import { studentFolder } from '../ground/file/run-folder.ts';
import { studentOf } from './summary.ts';

/** What a student's training logged, one line a logged step, in the order of the steps. */
export interface TrainingLog {
  readonly student: string;
  readonly seed: number;
  readonly lines: readonly TrainingLogLine[];
}

/** The training logs of the students of an evaluation, where there are any. Throws FileError where one is damaged. */
export async function readTrainingLogs(folder: string, { rows }: Evaluation): Promise<readonly TrainingLog[]> {
  const students = new Map(
    rows
      .filter(({ kind }) => kind === 'student')
      .map((row) => ({ student: studentOf(row), seed: row.seed }))
      .map(({ student, seed }) => [studentFolder(folder, student, seed), { student, seed }] as const),
  );
  const logs: TrainingLog[] = [];
  for (const [home, student] of students) {
    const stage = await readStage(home, studentFacts);
    const lines = await readTrainingLog(home, stage?.facts.log);
    if (lines.length > 0) logs.push({ ...student, lines });
  }
  return logs;
}
