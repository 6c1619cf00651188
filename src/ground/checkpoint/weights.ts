/** Weights of one source as a checkpoint: what every format shares once it can list tensors and read their bytes. */
import { FileError } from '../errors.ts';
import { placeOf } from '../file/safetensors-header.ts';
import type { Checkpoint, CheckpointTensor } from './checkpoint.ts';
import { widen } from './element.ts';

/** What a format knows: a tensor with whatever it needs to find the tensor's bytes. */
interface Source<Tensor extends CheckpointTensor> {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readBytes(name: string, tensor: Tensor): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A checkpoint of the tensors of a source whose names pass. */
export function weightsOf<Tensor extends CheckpointTensor>(
  source: Source<Tensor>,
  only: (name: string) => boolean = () => true,
): Checkpoint {
  const { path } = source;
  const tensors = new Map([...source.tensors].filter(([name]) => only(name)));
  const described = [...tensors].map(([name, { dtype, shape }]): [string, CheckpointTensor] => [
    name,
    { dtype, shape },
  ]);
  const find = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new FileError(`${placeOf(path, name)}: there is none of this name`);
    return tensor;
  };
  return {
    path,
    tensors: new Map(described),
    async read(name) {
      const tensor = find(name);
      const bytes = await source.readBytes(name, tensor);
      return { shape: tensor.shape, data: widen(placeOf(path, name), tensor.dtype, bytes) };
    },
    readBytes: async (name) => source.readBytes(name, find(name)),
    close: () => source.close(),
  };
}
