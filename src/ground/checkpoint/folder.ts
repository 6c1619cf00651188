import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../errors.ts';
import { fileFailure } from '../file/failure.ts';

/** The files that may hold a folder's weights, the most telling first; the first row that one file matches decides. */
const rows: readonly RegExp[] = [
  /^model\.safetensors\.index\.json$/,
  /^model\.safetensors$/,
  /\.safetensors\.index\.json$/,
  /\.safetensors$/,
  /^pytorch_model\.bin\.index\.json$/,
  /^pytorch_model\.bin$/,
  /\.(pth|pt|bin)$/,
];

/** The file that holds, or lists, the weights of a folder. Throws FileError where there is none, or no telling which. */
export async function weightsFile(folder: string): Promise<string> {
  const names = await readdir(folder).catch((error) => {
    throw fileFailure(folder, 'read', error);
  });
  const found = rows
    .map((row) => names.filter((name) => row.test(name) && !name.startsWith('.')).sort())
    .find((matches) => matches.length > 0);
  const [first, ...others] = found ?? [];
  if (first === undefined) {
    throw new FileError(`${folder}: expected a .safetensors, .pth, .pt or .bin file in it, or a list of shards`);
  }
  if (others.length > 0) {
    const all = [first, ...others];
    const listed = `${all.slice(0, 8).join(', ')}${all.length > 8 ? ', …' : ''}`;
    throw new FileError(`${folder}: holds several files of weights (${listed}): give the path of one of them`);
  }
  return join(folder, first);
}
