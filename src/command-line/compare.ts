import { Command } from 'commander';
import { UsageError } from '../ground/errors.ts';
import { evaluationFolderOf } from './run-reference.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface CompareOptions extends CommonOptions {
  readonly out: string;
}

/** `fewstep compare`: runs side by side. */
export const command = (terminal: Terminal): Command =>
  new Command('compare')
    .argument('<runs...>', 'recipes that were evaluated, folders of runs, or reports')
    .description('Sets step counts and methods of runs side by side: a table here; CSV, HTML, SVG and PNG as files.')
    .option('--out <folder>', 'folder to write', 'comparison')
    .option('--json', 'print the measurements and the written files as JSON')
    .addHelpText('after', '\nExample:\n  fewstep compare recipes/smoke.yaml reports/digits --out comparison')
    .action(async (words: readonly string[], { out, json = false }: CompareOptions) => {
      const folders: string[] = [];
      for (const word of words) folders.push(await evaluationFolderOf(word));
      const twice = words.find((_, index) => folders.indexOf(folders[index] ?? '') !== index);
      if (twice !== undefined) throw new UsageError(`${twice}: expected different runs, got this one twice`);
      const { readEvaluation } = await import('../evaluation/stage/evaluation-file.ts');
      const { compareRuns, writeComparison } = await import('../report/compare.ts');
      const evaluations = await Promise.all(folders.map(readEvaluation));
      const comparison = await compareRuns(evaluations);
      const files = await writeComparison(comparison, out);
      terminal.print(
        json ? JSON.stringify({ files, evaluations }, null, 2) : `${comparison.text.trimEnd()}\n\n${files.join('\n')}`,
      );
    });
