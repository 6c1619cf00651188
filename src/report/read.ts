/** What a report reads of a run's folder: evaluation.json, the training logs, the resolved recipe, what exports measured. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptPrecisions, type RunPrecisions } from '../evaluation/precision/file.ts';
import { readEvaluation } from '../evaluation/stage/evaluation-file.ts';
import type { Evaluation } from '../evaluation/stage/result.ts';
import { fileFailure, systemCode } from '../ground/file/failure.ts';
import { readTrainingLogs, type TrainingLog } from './training-log.ts';

/** The files of a run, read and checked. */
export interface RunFiles {
  readonly folder: string;
  readonly evaluation: Evaluation;
  readonly training: readonly TrainingLog[];
  /** The resolved recipe as text; empty where the run has none. */
  readonly recipe: string;
  /** What was measured of students that were exported in other precisions than float32. */
  readonly precisions: RunPrecisions;
}

async function readRecipe(folder: string): Promise<string> {
  const path = join(folder, 'recipe.resolved.yaml');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw fileFailure(path, 'read', error);
  }
}

/** Reads all that a report needs of a run's folder. Throws FileError. */
export async function readRun(folder: string): Promise<RunFiles> {
  const evaluation = await readEvaluation(folder);
  return {
    folder,
    evaluation,
    training: await readTrainingLogs(folder, evaluation),
    recipe: await readRecipe(folder),
    precisions: await keptPrecisions(folder),
  };
}
