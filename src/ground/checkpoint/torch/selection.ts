import { FileError } from '../../errors.ts';
import { quoted } from '../../file/quoted.ts';
import { nameFault, placeOf } from '../../file/safetensors-header.ts';
import type { Value } from '../pickle/value.ts';
import { Tensor } from './tensor.ts';

type Tensors = ReadonlyMap<string, Tensor>;

/** The tensors that stand in a dictionary itself, by name. */
function tensorsIn(dictionary: Value | undefined): Tensors {
  const found = new Map<string, Tensor>();
  if (!(dictionary instanceof Map)) return found;
  for (const [name, value] of dictionary) {
    if (typeof name === 'string' && value instanceof Tensor) found.set(name, value);
  }
  return found;
}

/** The dictionaries of tensors that stand in a dictionary, by key. */
function choices(root: Value): ReadonlyMap<string, Tensors> {
  const found = new Map<string, Tensors>();
  for (const [key, value] of root instanceof Map ? root : []) {
    const tensors = tensorsIn(value);
    if (typeof key === 'string' && tensors.size > 0) found.set(key, tensors);
  }
  return found;
}

function choose(path: string, root: Value, select: readonly string[]): Tensors {
  const nested = choices(root);
  for (const key of select) {
    const chosen = nested.get(key);
    if (chosen !== undefined) return chosen;
  }
  const direct = tensorsIn(root);
  const [only] = nested.values();
  if (direct.size > 0 && (nested.size === 0 || select.length === 0)) return direct;
  if (only !== undefined && nested.size === 1 && select.length === 0) return only;
  if (nested.size === 0) throw new FileError(`${path}: holds no dictionary of tensors`);
  const listed = [...nested].slice(0, 12).map(([key, { size }]) => `${quoted(key)} (${size} tensors)`);
  const wanted =
    select.length > 0 ? select.map((key) => quoted(key)).join(' or ') : 'the key of one of its dictionaries of tensors';
  throw new FileError(`${path}: expected ${wanted}, got ${listed.join(', ')}`);
}

/**
 * The tensors that are meant: those of the first key of `select` that holds any; else those at the top, or of the only
 * dictionary. Throws FileError, with the keys that there are, where none or more than one would do.
 */
export function selectTensors(path: string, root: Value, select: readonly string[]): Tensors {
  const tensors = choose(path, root, select);
  for (const name of tensors.keys()) {
    const fault = nameFault(name);
    if (fault !== undefined) throw new FileError(`${placeOf(path, name)}: the name ${fault}`);
  }
  return tensors;
}
