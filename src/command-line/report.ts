import { Command } from 'commander';
import { openFile } from './open-file.ts';
import { labelled } from './phrase.ts';
import { withSet } from './recipe-command.ts';
import { runFolderOf } from './run-reference.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface ReportCommandOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly open?: boolean;
  readonly compact?: boolean;
  readonly out?: string;
}

/** `fewstep report`: the report of a run from its files. */
export const command = (terminal: Terminal): Command =>
  withSet(new Command('report').argument('<run>', 'a recipe that was evaluated, the folder of its run, or its report'))
    .description('Writes the report of an evaluated run anew: one HTML page, CSV tables, figures. Runs nothing.')
    .option('--open', 'open the page')
    .option('--compact', 'a small page for git: fewer and smaller pictures, downloads as files beside it')
    .option('--out <folder>', 'folder to write; reports/<recipe> unless given')
    .option('--json', 'print the written files as JSON')
    .addHelpText('after', '\nExample:\n  fewstep report recipes/smoke.yaml --open')
    .action(async (word: string, { set, out, compact = false, open = false, json = false }: ReportCommandOptions) => {
      const run = await runFolderOf(word, set);
      const { writeReport } = await import('../report/write.ts');
      const report = await writeReport(run, out ?? (await reportFolder(run)), { compact });
      terminal.print(
        json ? JSON.stringify(report, null, 2) : `${report.verdict.trimEnd()}\n\n${labelled({ Report: report.html })}`,
      );
      if (open) await openFile(report.html);
    });

/** Where `fewstep run` writes the report of this run. */
async function reportFolder(run: string): Promise<string> {
  const { readEvaluation } = await import('../evaluation/stage/evaluation-file.ts');
  const { markResults, resultFolder } = await import('../ground/file/result-folder.ts');
  const { recipe, recipeHash } = await readEvaluation(run);
  const folder = await resultFolder('reports', recipe, recipeHash);
  await markResults(folder, recipeHash);
  return folder;
}
