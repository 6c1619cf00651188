import type * as tf from '@tensorflow/tfjs';
import { GraphError } from '../errors.ts';
import type { NamedTensors } from './program.ts';

/** The tensor of that name; a missing one is an error at trace time that lists what is there. */
export function named(tensors: NamedTensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) {
    const known = Object.keys(tensors);
    throw new GraphError(
      `expected a tensor named ${name} among ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`,
    );
  }
  return tensor;
}
