import { Command } from 'commander';
import { UsageError } from '../ground/errors.ts';
import { type AllowCommandOption, withAllowCommand } from './allow-command.ts';
import { type Measurements, measurementsOf } from './run-reference.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface CompareOptions extends CommonOptions, AllowCommandOption {
  readonly out: string;
}

/** `fewstep compare`: runs side by side, after measuring those that are not measured yet. */
export const command = (terminal: Terminal): Command =>
  withAllowCommand(new Command('compare'))
    .argument('<runs...>', 'recipes, folders of runs, or reports')
    .description(
      'Sets step counts and methods of runs side by side: a table here; CSV, HTML, SVG and PNG as files. ' +
        'A recipe that is not evaluated is first, all its students, seeds and step counts; ' +
        'the same command again goes on where it was interrupted.',
    )
    .option('--out <folder>', 'folder to write', 'comparison')
    .option('--json', 'print the measurements and the written files as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText(
      'after',
      '\nExamples:\n  fewstep compare recipes/leaderboard-mixture.yaml\n' +
        '  fewstep compare recipes/smoke.yaml reports/digits --out comparison',
    )
    .action(async (words: readonly string[], options: CompareOptions) => {
      const { out, json = false } = options;
      const named: Measurements[] = [];
      for (const word of words) named.push(await measurementsOf(word));
      const folders = named.map(({ folder }) => folder);
      const twice = words.find((_, index) => folders.indexOf(folders[index] ?? '') !== index);
      if (twice !== undefined) throw new UsageError(`${twice}: expected different runs, got this one twice`);
      await measure(named, options, terminal);
      const { readEvaluation } = await import('../evaluation/stage/evaluation-file.ts');
      const { compareRuns, writeComparison } = await import('../report/compare.ts');
      const evaluations = await Promise.all(folders.map(readEvaluation));
      const comparison = await compareRuns(evaluations);
      const files = await writeComparison(comparison, out);
      terminal.print(
        json ? JSON.stringify({ files, evaluations }, null, 2) : `${comparison.text.trimEnd()}\n\n${files.join('\n')}`,
      );
    });

/** Measures the runs that are not measured, one after the other: each has all workers. */
async function measure(named: readonly Measurements[], options: CompareOptions, terminal: Terminal): Promise<void> {
  const recipes = named.flatMap(({ unmeasured }) => unmeasured ?? []);
  if (recipes.length === 0) return;
  const { stages } = await import('../distill.ts');
  const { command, note, signal } = terminal;
  const progress = await terminal.progress(options);
  for (const resolved of recipes)
    await stages.evaluate(resolved, { progress, command, note, signal, allowCommand: options.allowCommand === true });
}
