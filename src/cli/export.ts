import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import type { ExportedStudent } from '../export/students.ts';
import { textTable } from '../report/terminal-table.ts';
import { wholesBetween } from './number-option.ts';
import { resolveFor, withSet } from './recipe-command.ts';
import { withSteps } from './step-counts.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface ExportOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly steps?: readonly number[];
  readonly out?: string;
}

/** `fewstep export`: students as ONNX and safetensors. */
export const command = (terminal: Terminal): Command =>
  withSet(new Command('export').argument('<students>', "a recipe that was trained, or one student's .safetensors"))
    .description(
      'Writes students as head.onnx (one jump), sampler.onnx (all steps) and head.safetensors, each ONNX file checked ' +
        'against the weights.',
    )
    .option(
      '--steps <counts>',
      "step counts of the samplers, the recipe's unless given; one-step specialists keep theirs",
      wholesBetween(1, 64),
    )
    .option('--out <folder>', "folder to write; students/<recipe>, or beside a student's file, unless given")
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', '\nExample:\n  fewstep export recipes/smoke.yaml --steps 1,2,4')
    .action(async (word: string, options: ExportOptions) => {
      const exported = await (word.endsWith('.safetensors') ? exportFile : exportRun)(word, options, terminal);
      terminal.print(options.json === true ? JSON.stringify({ students: exported }, null, 2) : exportText(exported));
    });

async function exportFile(path: string, { steps = [1, 2, 4], out }: ExportOptions): Promise<ExportedStudent[]> {
  const { exportStudent } = await import('../export/students.ts');
  const folder = out ?? path.replace(/\.safetensors$/, '');
  return [await exportStudent({ name: basename(path, '.safetensors'), path, steps }, folder)];
}

async function exportRun(path: string, options: ExportOptions, terminal: Terminal): Promise<ExportedStudent[]> {
  const { recipe, hash } = await resolveFor('distill', path, options.set);
  const { exportRequests, exportStudents } = await import('../export/students.ts');
  const { trainedRun } = await import('./trained-run.ts');
  const { markResults, resultFolder } = await import('../file/result-folder.ts');
  const { run, students } = await trainedRun(recipe, hash);
  const folder = options.out ?? (await resultFolder('students', recipe.name, hash));
  if (options.out === undefined) await markResults(folder, hash);
  const requests = exportRequests(withSteps(recipe, options.steps), students);
  const exported = await exportStudents(requests, folder, await terminal.progress(options));
  if (existsSync(join(run, 'evaluation.json'))) {
    const { writeCards } = await import('../report/cards.ts');
    await writeCards(run, folder);
  }
  return exported;
}

const columns = [
  { title: 'Student', align: 'left' },
  { title: 'Folder', align: 'left' },
  { title: 'Files', align: 'left' },
  { title: 'Difference', align: 'right' },
] as const;

const exportText = (exported: readonly ExportedStudent[]): string =>
  textTable(
    columns,
    exported.map(({ name, folder, files, difference }) => [name, folder, files.join(' '), difference.toExponential(1)]),
  );
