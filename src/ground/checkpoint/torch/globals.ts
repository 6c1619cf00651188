/** The names that PyTorch files may hold. Each gives plain data; nothing of what they name in Python is run. */
import type { DtypeName } from '../../file/dtype.ts';
import type { Permitted } from '../pickle/machine.ts';
import { Fault, Global, Inert, isTuple, type Value } from '../pickle/value.ts';
import { isCount, Storage, Tensor, viewOf } from './tensor.ts';

/** The element types of storages. */
const storages: Readonly<Record<string, DtypeName>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** Names of things that lie beside weights; what they make is dropped. */
const inert: readonly string[] = [
  'argparse.Namespace',
  'torch.device',
  '__builtin__.set',
  'builtins.set',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
];

const types = 'float32 float16 bfloat16 float64 int64 int32 int16 int8 uint8 bool'.split(' ');

const parameter = ([tensor]: readonly Value[]): Value | Fault =>
  tensor instanceof Tensor ? tensor : new Fault('a parameter without a tensor');

const sizes = ([items]: readonly Value[]): Value | Fault => (isTuple(items) ? items : new Fault('sizes in no tuple'));

const orderedDictionary = (args: readonly Value[]): Value | Fault =>
  args.length === 0 ? new Map() : new Fault('an ordered dictionary of a list of items, expected an empty one');

const globals: ReadonlyMap<string, Global> = new Map(
  [
    new Global('torch._utils._rebuild_tensor_v2', viewOf),
    new Global('torch._utils._rebuild_parameter', parameter),
    new Global('torch._utils._rebuild_parameter_with_state', parameter),
    new Global('torch.Size', sizes),
    new Global('collections.OrderedDict', orderedDictionary),
    ...Object.keys(storages).map((name) => new Global(name)),
    ...inert.map((name) => new Global(name, () => new Inert(name))),
    ...types.map((type) => new Global(`torch.${type}`)),
  ].map((global) => [global.name, global]),
);

/** The storage that a persistent identifier describes, or what is wrong with it. */
function storageOf(id: Value): Storage | Fault {
  const [kind, type, key, , elements, view] = isTuple(id) ? id : [];
  if (kind !== 'storage' || !(type instanceof Global)) return new Fault('expected the identifier of a storage');
  const dtype = storages[type.name];
  if (dtype === undefined) return new Fault(`${type.name} is no storage`);
  if (typeof key !== 'string' || !/^[A-Za-z0-9_]{1,64}$/.test(key)) return new Fault('a storage needs a plain key');
  if (!isCount(elements)) return new Fault(`the storage ${key} needs a count of elements`);
  if (view !== undefined && view !== null) return new Fault(`the storage ${key} is a view of another`);
  return new Storage(key, dtype, elements);
}

/** What a PyTorch file's pickles may name. Equal keys must mean equal storages: each is made once. */
export function torchNames(): Permitted & { readonly storages: ReadonlyMap<string, Storage> } {
  const known = new Map<string, Storage>();
  return {
    storages: known,
    global: (name) => globals.get(name),
    persistent(id) {
      const storage = storageOf(id);
      if (storage instanceof Fault) return storage;
      const before = known.get(storage.key) ?? storage;
      if (before.dtype !== storage.dtype || before.elements !== storage.elements) {
        return new Fault(`the storage ${storage.key} is ${storage.elements} ${storage.dtype} here, and not before`);
      }
      known.set(storage.key, before);
      return before;
    },
  };
}
