/** What a command left in its folder: found, and of a kind and size that can be read. */
import { readdir, stat } from 'node:fs/promises';
import { FileError } from '../../ground/errors.ts';
import { pathInside } from '../../ground/file/inside.ts';
import { quoted } from '../../ground/file/quoted.ts';

/** Names that a message shows. */
const SHOWN = 5;

/** The path of a file in a command's folder, of at most so many bytes. Throws FileError. */
export async function outputFile(out: string, name: string, most: number): Promise<string> {
  const { path, found } = await output(out, name, 'file');
  if (!found.isFile()) throw new FileError(`${path}: expected a file`);
  if (found.size > most) throw new FileError(`${path}: expected at most ${most} bytes, got ${found.size}`);
  return path;
}

/** The path of a folder in a command's folder. Throws FileError. */
export async function outputFolder(out: string, name: string): Promise<string> {
  const { path, found } = await output(out, name, 'folder');
  if (!found.isDirectory()) throw new FileError(`${path}: expected a folder`);
  return path;
}

async function output(out: string, name: string, what: 'file' | 'folder') {
  const names = (await readdir(out)).sort();
  if (!names.includes(name)) {
    const shown = names.slice(0, SHOWN).map((one) => quoted(one));
    const others = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
    throw new FileError(
      `${out}: expected the ${what} ${name} of the command, got ${names.length === 0 ? 'nothing' : `${shown.join(', ')}${others}`}`,
    );
  }
  const path = await pathInside(out, name);
  return { path, found: await stat(path) };
}
