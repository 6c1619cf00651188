import { GraphError } from '../../ground/errors.ts';

/** The tensor of that name; a missing one is an error that lists what is there. */
export function named<Tensor>(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) {
    const known = Object.keys(tensors);
    throw new GraphError(
      `expected a tensor named ${name} among ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`,
    );
  }
  return tensor;
}
