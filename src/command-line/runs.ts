import { Command } from 'commander';
import { counted } from '../ground/counted.ts';
import { UsageError } from '../ground/errors.ts';
import { textTable } from '../report/terminal-table.ts';
import { clearRemoved, namedRuns, type PruneChoice, prunable, removeRun } from './kept-runs/remove.ts';
import { listRuns, type RunState } from './kept-runs/state.ts';
import { ageText } from './kept-runs/text.ts';
import { numberBetween } from './number-option.ts';
import { bytesText } from './phrase.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface RemovalOptions extends CommonOptions {
  readonly yes?: boolean;
}

/** `fewstep runs`: what is in `runs/`, and its removal. */
export const command = (terminal: Terminal): Command =>
  new Command('runs')
    .description('Lists the runs of the working folder, and removes those that are not needed any more.')
    .addHelpText('after', '\nExamples:\n  fewstep runs\n  fewstep runs prune --unfinished --older-than 7')
    .addCommand(listCommand(terminal), { isDefault: true })
    .addCommand(removeCommand(terminal))
    .addCommand(pruneCommand(terminal));

const listCommand = (terminal: Terminal): Command =>
  new Command('list')
    .summary('list the runs')
    .description('Lists the runs, the last changed first: how far each stage is, size and age.')
    .option('--json', 'print the runs as JSON')
    .addHelpText('after', '\nExample:\n  fewstep runs list --json')
    .action(async ({ json = false }: CommonOptions) => {
      const runs = await listRuns();
      terminal.print(json ? JSON.stringify({ runs }, null, 2) : runsTable(runs));
    });

const removeCommand = (terminal: Terminal): Command =>
  removal(new Command('rm').argument('<runs...>', 'folders of runs, with or without runs/'))
    .summary('remove runs')
    .description('Removes the folders of runs with all that is in them; reports and exported students stay.')
    .addHelpText('after', '\nExample:\n  fewstep runs rm runs/smoke-0123456789ab --yes')
    .action(async (words: readonly string[], options: RemovalOptions) => {
      const runs = await namedRuns(words);
      if (options.yes !== true)
        throw new UsageError(`expected --yes to remove ${runs.map(({ path }) => path).join(', ')} (${sizeOf(runs)})`);
      await remove(runs, options, terminal);
    });

const pruneCommand = (terminal: Terminal): Command =>
  removal(new Command('prune'))
    .summary('remove unfinished or old runs')
    .description('Tells which runs are unfinished, older than some days, or both; with --yes removes them.')
    .option('--unfinished', 'distillations without measurements')
    .option('--older-than <days>', 'runs in which nothing has changed for so long', numberBetween(0, 36_500))
    .addHelpText('after', '\nExample:\n  fewstep runs prune --unfinished --older-than 7 --yes')
    .action(async (options: RemovalOptions & PruneChoice) => {
      const runs = prunable(await listRuns(), options);
      if (options.yes === true) await clearRemoved();
      if (options.yes === true || runs.length === 0) return remove(runs, options, terminal);
      const { json = false } = options;
      const told = `${runsTable(runs)}\n\nNothing was removed; --yes removes ${counted(runs.length, 'runs')} (${sizeOf(runs)})`;
      terminal.print(json ? JSON.stringify({ removed: [], runs }, null, 2) : told);
    });

const removal = (command: Command): Command =>
  command.option('--yes', 'remove them').option('--json', 'print what was removed as JSON');

async function remove(runs: readonly RunState[], { json = false }: CommonOptions, terminal: Terminal): Promise<void> {
  for (const run of runs) await removeRun(run);
  const removed = runs.map(({ path }) => path);
  const text = removed.length === 0 ? 'Nothing to remove' : `Removed ${removed.join(', ')} (${sizeOf(runs)})`;
  terminal.print(json ? JSON.stringify({ removed }, null, 2) : text);
}

const sizeOf = (runs: readonly RunState[]): string => bytesText(runs.reduce((sum, { bytes }) => sum + bytes, 0));

const columns = ['Run', 'Trajectories', 'Training', 'Evaluation', 'In use', 'Size', 'Age'].map((title) => ({
  title,
  align: title === 'Size' || title === 'Age' ? ('right' as const) : ('left' as const),
}));

function runsTable(runs: readonly RunState[]): string {
  if (runs.length === 0) return 'No runs here';
  const told = (state: string): string => (state === 'none' ? '–' : state);
  return textTable(
    columns,
    runs.map(({ path, stages: { trajectories, training, evaluation }, inUse, bytes, changed }) => [
      ...[path, told(trajectories), told(training), told(evaluation), inUse ? 'yes' : ''],
      ...[bytesText(bytes), ageText(Date.now() - changed)],
    ]),
  );
}
