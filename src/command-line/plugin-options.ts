import type { Command } from 'commander';

/** Commands that read nothing which a plug-in could add to. */
const without = ['init', 'doctor', 'runs', 'list', 'rm', 'prune'];

/** Commands that read recipes without being given one to change. */
const readingToo = ['compare', 'worker', 'task'];

/** Adds `--plugin`, and `--allow-plugins` where recipes are read. */
export function withPluginOptions(command: Command): Command {
  if (command.commands.length > 0 || without.includes(command.name())) return command;
  command.option(
    '--plugin <file>',
    'run the code of this file, which adds methods, solvers, …; may be repeated (docs/plugins)',
    (value: string, before: readonly string[]) => [...before, value],
    [],
  );
  const readsRecipes = readingToo.includes(command.name()) || command.options.some(({ long }) => long === '--set');
  return readsRecipes ? command.option('--allow-plugins', 'run the code of the plug-ins that a recipe names') : command;
}

/** The plug-ins that words name: they are loaded before the commands, whose choices and help they add to. */
export async function usePluginsOf(words: readonly string[]): Promise<void> {
  const paths = words.flatMap((word, index) => {
    const [, inline] = /^--plugin=(.+)$/s.exec(word) ?? [];
    const next = word === '--plugin' ? words[index + 1] : inline;
    return next === undefined ? [] : [next];
  });
  if (paths.length > 0) await (await import('../plugins/use-plugins.ts')).usePlugins(paths);
  if (words.includes('--allow-plugins')) (await import('../plugins/load-recipe.ts')).allowRecipePlugins();
}
