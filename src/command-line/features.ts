import { Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { trainingCommand } from './training-command.ts';

/** `fewstep features`: makes the feature network of the image metrics. */
export const command = (terminal: Terminal): Command =>
  new Command('features')
    .description('Makes the feature network that image metrics are measured on.')
    .addHelpText('after', '\nExample:\n  fewstep features train recipes/digits-features.yaml')
    .addCommand(trainCommand(terminal));

const trainCommand = (terminal: Terminal): Command =>
  trainingCommand(terminal, 'features', async (recipe, context) => {
    const { trainFeatures } = await import('../evaluation/features/training.ts');
    return trainFeatures(recipe, context);
  })
    .summary('train a feature network on labelled data')
    .description('Trains a feature network and writes weights and card. The same command again resumes.')
    .addHelpText('after', '\nExample:\n  fewstep features train recipes/digits-features.yaml');
