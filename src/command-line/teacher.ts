import { Command } from 'commander';
import { importCommand } from './teacher-import.ts';
import { inspectCommand } from './teacher-inspect.ts';
import type { Terminal } from './terminal.ts';
import { trainingCommand } from './training-command.ts';

/** `fewstep teacher`: makes or imports teachers and measures them. */
export const command = (terminal: Terminal): Command =>
  new Command('teacher')
    .description('Makes teachers from data, imports those of other systems, and measures them.')
    .addHelpText('after', '\nExample:\n  fewstep teacher train recipes/digits-teacher.yaml')
    .addCommand(trainCommand(terminal))
    .addCommand(importCommand(terminal))
    .addCommand(inspectCommand(terminal));

const trainCommand = (terminal: Terminal): Command =>
  trainingCommand(terminal, 'teacher', async (recipe, context) => {
    const { trainImageTeacher } = await import('../teachers/image/training.ts');
    return trainImageTeacher(recipe, context);
  })
    .summary('train a teacher on data')
    .description('Trains an image teacher and writes weights and card. The same command again resumes.')
    .addHelpText('after', '\nExample:\n  fewstep teacher train recipes/digits-teacher.yaml --set training.steps=1000');
