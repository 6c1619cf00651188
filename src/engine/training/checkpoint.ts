import { existsSync } from 'node:fs';
import { FileError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import { readSealedInto, writeSealed } from '../../ground/file/sealed.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Precision } from '../graph/program.ts';
import { type Layout, views } from './arena.ts';
import type { OptimizerName, TrainingState } from './optimizer.ts';

/** The regions that outlive a step, by the prefix of their tensors' names in a checkpoint. */
const regions = ['parameters', 'mean', 'variance', 'average'] as const;

/** The tensors of a checkpoint, as views of the state: a large one is neither written nor read by way of a copy. */
function tensorsOf(layout: Layout, state: TrainingState): Record<string, HostTensor<Float32Array>> {
  const tensors: Record<string, HostTensor<Float32Array>> = {};
  for (const region of regions) {
    for (const [name, tensor] of Object.entries(views(layout, state[region]))) tensors[`${region}/${name}`] = tensor;
  }
  return tensors;
}

/** A training state, and what moves it: its regions mean something else under another optimizer. */
export interface Resumable {
  readonly layout: Layout;
  readonly state: TrainingState;
  readonly optimizer: OptimizerName;
}

/** How far a training is, and in which numbers its products were made. */
export interface Progressed {
  readonly step: number;
  readonly precision: Precision;
}

/** Writes the state after completed steps, atomically; the optimizer is named where it is not AdamW, the numbers where int8. */
export const saveCheckpoint = (
  path: string,
  { layout, state, optimizer }: Resumable,
  { step, precision }: Progressed,
): Promise<void> =>
  writeSealed(path, tensorsOf(layout, state), {
    step: String(step),
    ...(optimizer !== 'adamw' && { optimizer }),
    ...(precision !== 'float32' && { precision }),
  });

/**
 * Restores a checkpoint into the state and tells how far it is; undefined when there is none. Throws FileError where it is
 * damaged, another network's or another optimizer's; the state is then lost.
 */
export async function loadCheckpoint(
  path: string,
  { layout, state, optimizer }: Resumable,
): Promise<Progressed | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const metadata = await readSealedInto(path, tensorsOf(layout, state));
    const { optimizer: found = 'adamw' } = metadata;
    if (found !== optimizer)
      throw new FileError(`${path}: expected a checkpoint of optimizer ${optimizer}, got ${found}`);
    return { step: stepOf(path, metadata), precision: metadata.precision === 'int8' ? 'int8' : 'float32' };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(`${cause.message}; delete it and run the same command again to start this training anew`, {
      cause,
    });
  }
}

/** The completed steps of the checkpoint at a path, by its header alone; 0 when there is none that can be read. */
export async function checkpointStep(path: string): Promise<number> {
  try {
    const file = await openSafetensors(path);
    await file.close();
    return stepOf(path, file.metadata);
  } catch (error) {
    if (error instanceof FileError) return 0;
    throw error;
  }
}

function stepOf(path: string, { step }: Readonly<Record<string, string>>): number {
  const count = Number(step);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new FileError(`${path}: expected a step count in the metadata, got ${step}`);
}
