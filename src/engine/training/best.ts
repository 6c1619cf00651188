/** The best weights of a training, in a file beside its checkpoint. */
import { FileError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import type { TrainingLog } from './task.ts';
import { type Look, standing } from './validation.ts';

/** Where the best weights are kept. */
export interface BestFile {
  readonly path: string;
  /** Writes averaged weights with their look, atomically. */
  readonly write: (average: Parameters, look: Look) => Promise<void>;
  /** The look of the weights that are there; undefined where none are, or damaged ones. */
  readonly read: () => Promise<Look | undefined>;
}

/**
 * The looks that a training goes on from at a step: those of its log, or the best one where the log is gone. Weights of a
 * later look are written again on the way. Throws FileError where those of the best look are neither.
 */
export async function earlierLooks(
  lines: readonly TrainingLog[],
  criterion: string,
  step: number,
  best: BestFile,
): Promise<readonly Look[]> {
  const looks = lines.flatMap((line) => {
    const value = line[criterion];
    return value === undefined ? [] : [{ step: line.step, value }];
  });
  if (step === 0) return looks;
  const kept = await best.read();
  const { best: logged } = standing(looks);
  if (logged === undefined) return kept !== undefined && kept.step <= step ? [kept] : [];
  if (kept !== undefined && (kept.step === logged.step || kept.step > step)) return looks;
  throw new FileError(
    `${best.path}: expected the best weights until the checkpoint at ${step}, of step ${logged.step}, found ` +
      `${kept === undefined ? 'none that are whole' : `those of step ${kept.step}`}; delete the checkpoint, too, to train this student anew`,
  );
}
