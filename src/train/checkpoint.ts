import { existsSync } from 'node:fs';
import { FileError } from '../errors.ts';
import { openSafetensors, writeSafetensors } from '../file/safetensors.ts';
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
  await writeSafetensors(path, tensors, { metadata: { step: String(step) } });
}

/** Restores a checkpoint into the state and gives the number of completed steps; 0 when there is none. */
export async function loadCheckpoint(path: string, layout: Layout, state: TrainingState): Promise<number> {
  if (!existsSync(path)) return 0;
  const file = await openSafetensors(path);
  try {
    const step = Number(file.metadata.step);
    if (!Number.isSafeInteger(step) || step < 0)
      throw new FileError(`${path}: expected a step count in the metadata, got ${file.metadata.step}`);
    for (const region of regions) {
      const parameters: Record<string, Parameters[string]> = {};
      for (const { name, shape } of layout.slots) {
        const tensor = await file.read(`${region}/${name}`);
        if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array))
          throw new FileError(`${path}: tensor ${region}/${name}: expected float32 [${shape}], got [${tensor.shape}]`);
        parameters[name] = { shape, data: tensor.data };
      }
      fill(layout, state[region], parameters);
    }
    return step;
  } finally {
    await file.close();
  }
}
