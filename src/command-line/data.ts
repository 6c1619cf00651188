import { Command } from 'commander';
import { checkCommand } from './data-check.ts';
import { synthesizeCommand } from './data-synthesize.ts';
import type { Terminal } from './terminal.ts';

/** `fewstep data`: checks captured hidden states and makes synthetic ones. */
export const command = (terminal: Terminal): Command =>
  new Command('data')
    .description('Checks hidden states that a model wrote (docs/capture), and makes synthetic ones.')
    .addHelpText('after', '\nExample:\n  fewstep data check captures/nextstep --guidance 7.5')
    .addCommand(checkCommand(terminal))
    .addCommand(synthesizeCommand(terminal));
