import type { Command } from 'commander';
import { type AllowCommandOption, withAllowCommand } from './allow-command.ts';
import { printPlan } from './cost/plan.ts';
import { labelled } from './phrase.ts';
import { type QueueOption, withExecutor, withQueue } from './queue-option.ts';
import { type RecipeCommandOptions, recipeCommand } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import type { Terminal } from './terminal.ts';

/** `fewstep run`: the whole pipeline. */
export const command = (terminal: Terminal): Command =>
  withQueue(withAllowCommand(recipeCommand('run')))
    .description(
      'Distils a teacher into its students: trajectories, training, evaluation, report, export. ' +
        'The same command again goes on where it was interrupted.',
    )
    .addHelpText('after', '\nExample:\n  fewstep run recipes/smoke.yaml --set students[0].training.steps=200')
    .action(async (path: string, options: RecipeCommandOptions & AllowCommandOption & QueueOption) => {
      const resolved = await resolveFor('distill', path, options.set);
      if (options.dryRun === true) return printPlan(resolved, options, terminal);
      const { distill } = await import('../distill.ts');
      const { command, note, signal } = terminal;
      const progress = await terminal.progress(options);
      const allowCommand = options.allowCommand === true;
      const result = await withExecutor(resolved, options, terminal, (executing) =>
        distill(resolved, { progress, command, note, signal, allowCommand, ...executing }),
      );
      const { verdict, report, students } = result;
      terminal.print(
        options.json === true
          ? JSON.stringify(result, null, 2)
          : `${verdict.trimEnd()}\n\n${labelled({ Report: report, Students: students })}`,
      );
    });
