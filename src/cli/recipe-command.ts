import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import type { Recipe } from '../recipe/recipe.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** The options of every command that takes a recipe. */
export interface RecipeCommandOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly dryRun?: boolean;
}

/** A command that takes a recipe, which `--set` changes and `--dry-run` only prints. */
export const recipeCommand = (name: string): Command =>
  new Command(name)
    .argument('<recipe>', 'a YAML file; `fewstep init` writes one')
    .option('--set <path=value>', 'change a field, like students[0].training.steps=10; may be repeated', collected, [])
    .option('--dry-run', 'print the resolved recipe and do nothing')
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress');

const collected = (value: string, before: readonly string[]): string[] => [...before, value];

/** Resolves a recipe of one kind for the methods and solvers that there are. Throws RecipeError or FileError. */
export async function resolveFor<Kind extends Recipe['kind']>(
  kind: Kind,
  path: string,
  set: readonly string[],
): Promise<ResolvedRecipe<Kind>> {
  const { resolveRecipe } = await import('../recipe/resolve.ts');
  const { methods } = await import('../method/table.ts');
  const { solvers } = await import('../solver/table.ts');
  return resolveRecipe(path, {
    kind,
    set,
    methodSchemas: Object.fromEntries(Object.entries(methods).map(([name, { options }]) => [name, options])),
    solverNames: Object.keys(solvers),
    engineDefaults: { workers: availableParallelism() },
  });
}

/** Prints a resolved recipe: YAML that is a recipe itself, or JSON. */
export function printResolved(
  { recipe, hash, yaml }: Pick<ResolvedRecipe, 'hash' | 'yaml'> & { readonly recipe: Recipe },
  { json = false }: CommonOptions,
  terminal: Terminal,
): void {
  terminal.print(json ? JSON.stringify({ hash, recipe }, null, 2) : `# ${recipe.name}-${hash}\n${yaml.trimEnd()}`);
}
