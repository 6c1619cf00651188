import { existsSync } from 'node:fs';
import { basename, dirname, extname, relative } from 'node:path';
import { Command } from 'commander';
import { FileError } from '../ground/errors.ts';
import { writeAtomic } from '../ground/file/atomic.ts';
import { shipped } from './shipped.ts';
import { starterRecipe } from './starter-recipe.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** `fewstep init`: a recipe to start from. */
export const command = (terminal: Terminal): Command =>
  new Command('init')
    .description('Writes a commented recipe to start from. It runs as it is, on an exact teacher.')
    .argument('[path]', 'the file to write', 'first.yaml')
    .option('--force', 'replace the file when it exists')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nExample:\n  fewstep init first.yaml && fewstep run first.yaml')
    .action(async (path: string, { force = false, json = false }: CommonOptions & { force?: boolean }) => {
      await writeStarter(path, force);
      terminal.print(json ? JSON.stringify({ path }) : `${path} is written; run it with: fewstep run ${path}`);
    });

/** Where a file of the package is seen from a recipe. */
const shippedFrom = (recipe: string, path: string): string => relative(dirname(recipe), shipped(path));

async function writeStarter(path: string, force: boolean): Promise<void> {
  if (!force && existsSync(path))
    throw new FileError(`${path}: expected a new file, got one that exists (--force replaces it)`);
  const places = { schema: shippedFrom(path, 'recipes/schema.json'), teacher: shippedFrom(path, 'teachers/digits') };
  await writeAtomic(path, starterRecipe(recipeName(path), places));
}

const recipeName = (path: string): string => {
  const words = basename(path, extname(path))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return words.replace(/^-+|-+$/g, '').slice(0, 64) || 'first';
};
