import type { Command } from 'commander';
import { changedPlugins } from '../distillation/recipe/changed-plugins.ts';
import { runRecipeText } from '../distillation/recipe/paths.ts';
import type { RecipeByKind } from '../distillation/recipe/recipe.ts';
import type { TrainingLog } from '../engine/training/task.ts';
import { openRun, runPath } from '../ground/file/run-folder.ts';
import { versions } from '../ground/versions.ts';
import { runsFolder } from './kept-runs/text.ts';
import { printResolved, type RecipeCommandOptions, recipeCommand } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import type { Terminal } from './terminal.ts';

/** What a training is given: where it keeps its checkpoints, and how it is watched and stopped. */
export interface TrainingContext {
  readonly folder: string;
  readonly command: string;
  readonly progress: (step: number, steps: number, line?: TrainingLog) => void;
  readonly signal: AbortSignal;
}

/** A `train` command: resolves a recipe of a kind, takes the run's folder and trains in it. */
export const trainingCommand = <Kind extends 'teacher' | 'features'>(
  terminal: Terminal,
  kind: Kind,
  train: (recipe: RecipeByKind[Kind], context: TrainingContext) => Promise<unknown>,
): Command =>
  recipeCommand('train').action(async (path: string, options: RecipeCommandOptions) => {
    const resolved = await resolveFor(kind, path, options.set);
    const { recipe, hash } = resolved;
    const { name } = recipe;
    if (options.dryRun === true) return printResolved(resolved, options, terminal);
    const text = runRecipeText(recipe, runPath('runs', { name, hash }));
    for (const change of await changedPlugins(runsFolder, resolved)) terminal.note(change);
    const run = await openRun('runs', { name, hash, recipe: text, versions: versions() });
    try {
      for (const change of run.changes) terminal.note(`resumed with ${change}`);
      const stage = (await terminal.progress(options)).stage(name, recipe.training.steps, 'steps');
      await train(recipe, {
        folder: run.path,
        command: terminal.command,
        progress: (step, _, line) => stage.advance(step, line && `loss ${line.loss.toPrecision(3)}`),
        signal: terminal.signal,
      });
      stage.done();
      terminal.print(options.json === true ? JSON.stringify({ output: recipe.output }) : `Written to ${recipe.output}`);
    } finally {
      await run.release();
    }
  });
