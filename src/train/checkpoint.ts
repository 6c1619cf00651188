import { existsSync } from 'node:fs';
import { FileError } from '../errors.ts';
import { openSafetensors } from '../file/safetensors.ts';
import { readSealed, type Sealed, writeSealed } from '../file/sealed.ts';
import type { Parameters } from '../host-tensor.ts';
import { extract, fill, type Layout } from './arena.ts';
import type { TrainingState } from './optimizer.ts';

/** The regions that outlive a step, by the prefix of their tensors' names in a checkpoint. */
const regions = ['parameters', 'mean', 'variance', 'average'] as const;

/** Writes the state after `step` completed steps, atomically. */
export async function saveCheckpoint(path: string, layout: Layout, state: TrainingState, step: number): Promise<void> {
  const tensors: Record<string, Parameters[string]> = {};
  for (const region of regions) {
    for (const [name, tensor] of Object.entries(extract(layout, state[region]))) tensors[`${region}/${name}`] = tensor;
  }
  await writeSealed(path, tensors, { step: String(step) });
}

/** Restores a checkpoint into the state and gives the number of completed steps; 0 when there is none. */
export async function loadCheckpoint(path: string, layout: Layout, state: TrainingState): Promise<number> {
  if (!existsSync(path)) return 0;
  try {
    const checkpoint = await readSealed(path);
    const step = stepOf(path, checkpoint.metadata);
    for (const region of regions) fill(layout, state[region], regionOf(path, checkpoint, region, layout));
    return step;
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

/** The tensors of a region, which must be those of the layout. */
function regionOf(path: string, { tensors }: Sealed, region: string, { slots }: Layout): Parameters {
  const parameters: Record<string, Parameters[string]> = {};
  for (const { name, shape } of slots) {
    const tensor = tensors[`${region}/${name}`];
    if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
      const got = tensor === undefined ? 'none' : `[${tensor.shape}]`;
      throw new FileError(`${path}: tensor ${region}/${name}: expected float32 [${shape}], got ${got}`);
    }
    parameters[name] = { shape, data: tensor.data };
  }
  return parameters;
}
