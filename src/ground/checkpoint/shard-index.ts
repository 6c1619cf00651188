/** The list of a sharded model (`model.safetensors.index.json`): which file of its folder holds which tensor. */
import { z } from 'zod';
import { FileError } from '../errors.ts';
import { readBounded } from '../file/bounded.ts';
import { checked, parseJson } from '../file/json.ts';
import { quoted } from '../file/quoted.ts';
import { nameFault, placeOf } from '../file/safetensors-header.ts';

/** The longest list that is read, in bytes; one of 100,000 tensors has some 10 MB. */
const LONGEST_INDEX = 1 << 25;

const indexSchema = z.looseObject({
  weight_map: z.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object of file names',
  ),
});

/** A plain name of a file: no folder, no drive, nothing hidden. */
const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.@+ -]*$/;

/** The file of each tensor by the tensor's name. Throws FileError for a file that is not plainly in the same folder. */
export async function readShardIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const { weight_map } = checked(path, parseJson(path, await readBounded(path, LONGEST_INDEX)), indexSchema);
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(weight_map)) {
    const fault = nameFault(name);
    if (fault !== undefined) throw new FileError(`${placeOf(path, name)}: the name ${fault}`);
    if (typeof file !== 'string' || !fileName.test(file)) {
      const got = typeof file === 'string' ? quoted(file) : typeof file;
      throw new FileError(`${placeOf(path, name)}: expected the name of a file in the same folder, got ${got}`);
    }
    files.set(name, file);
  }
  return files;
}
