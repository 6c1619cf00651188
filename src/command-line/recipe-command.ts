import { Argument, Command } from 'commander';
import type { Recipe } from '../distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** The options of every command that takes a recipe. */
export interface RecipeCommandOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly dryRun?: boolean;
}

/** What a command says of its argument where it takes a recipe. */
export const recipeArgument = 'a YAML file (`fewstep init` writes one), or the folder of a run or report';

/** A command that takes a recipe, which `--set` changes and `--dry-run` only prints; `argument` where it takes more. */
export const recipeCommand = (name: string, argument = new Argument('<recipe>', recipeArgument)): Command =>
  withSet(new Command(name).addArgument(argument))
    .option('--dry-run', 'print the resolved recipe, for a distillation with its estimated cost, and do nothing')
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress');

/** Adds `--set`. */
export const withSet = (command: Command): Command =>
  command.option(
    '--set <path=value>',
    'change a field, like students[0].training.steps=10; may be repeated',
    (value: string, before: readonly string[]) => [...before, value],
    [],
  );

/** Prints a resolved recipe: YAML that is a recipe itself, or JSON. */
export function printResolved(
  { recipe, hash, yaml }: Pick<ResolvedRecipe, 'hash' | 'yaml'> & { readonly recipe: Recipe },
  { json = false }: CommonOptions,
  terminal: Terminal,
): void {
  terminal.print(json ? JSON.stringify({ hash, recipe }, null, 2) : `# ${recipe.name}-${hash}\n${yaml.trimEnd()}`);
}
