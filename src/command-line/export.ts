import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { GivenBack } from '../distillation/export/given-back.ts';
import type { WrittenDtype } from '../distillation/export/original-tensors.ts';
import { precisionOf, type RoundingName } from '../distillation/export/precision.ts';
import type { ExportRequest } from '../distillation/export/students.ts';
import type { DistillRecipe } from '../distillation/recipe/recipe.ts';
import type { MeasuredContexts } from '../evaluation/precision/contexts.ts';
import type { MeasuredPrecisions } from '../evaluation/precision/file.ts';
import { UsageError } from '../ground/errors.ts';
import { textTable } from '../report/terminal-table.ts';
import { heldOut, precisionOption, precisionsText, writeInPrecisions } from './export/precisions.ts';
import { exportWeb, type WebOptions, webText } from './export/web.ts';
import { wholesBetween } from './number-option.ts';
import { withSet } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import { withSteps } from './step-counts.ts';
import type { Terminal } from './terminal.ts';

interface ExportOptions extends WebOptions {
  readonly bundle?: 'web';
  readonly to?: 'onnx' | 'original' | 'both';
  readonly teacher?: string;
  readonly dtype?: WrittenDtype;
  readonly precision?: readonly RoundingName[];
}

/** What was written of a head; the difference is that of ONNX files from the weights. */
interface Exported extends GivenBack {
  readonly difference?: number;
  readonly precisions?: MeasuredPrecisions;
}

const help = `
--to original writes original.safetensors: the names, the prefix and the shapes of the checkpoint that the teacher came
from, with the student's numbers, so that it can replace the head there; what came along with the head is in it bit by
bit. Students of the original signature have those tensors alone. Others have more, under the prefix: duration_embed,
guidance_embed, uncond_embed, image_guidance_embed, image_only_embed. use.py, written beside, is the PyTorch that feeds
either kind. Of an imported teacher its own tensors are written as they came.

--precision keeps the weights of ONNX files smaller, in files of their own beside those of float32 (sampler-1.int8.onnx). Each
is held to float32 on contexts that training never saw: the energy distance of its samples beside that of float32 samples of
other noise, its size, and the time of a call stand in precisions.json, on the card, and in reports that are written after it
(fewstep report).

--bundle web writes one folder of static files that draws images in a browser: the image model's backbone and the students'
samplers as ONNX, a module for pages of your own, and a page that shows them. It needs a recipe with an image teacher.

Examples:
  fewstep export recipes/smoke.yaml --steps 1,2,4
  fewstep export recipes/digits.yaml --bundle web --steps 1,2,4
  fewstep export recipes/nextstep-capture.yaml --to both --dtype bf16
  fewstep export student.safetensors --to original --teacher teachers/nextstep
  fewstep export teachers/nextstep --to original --out back`;

/** `fewstep export`: students as ONNX and safetensors, or as the original system has its head. */
export const command = (terminal: Terminal): Command =>
  withSet(
    new Command('export').argument(
      '<students>',
      "a recipe that was trained, the folder of its run, its report, one student's .safetensors, or an imported teacher's folder",
    ),
  )
    .description(
      'Writes students as head.onnx (one jump), sampler.onnx (all steps) and head.safetensors, each ONNX file checked ' +
        'against the weights; or as the head of the system that the teacher was imported from.',
    )
    .addOption(
      new Option('--to <form>', 'onnx, original names and shapes, or both (default: onnx)').choices([
        'onnx',
        'original',
        'both',
      ]),
    )
    .addOption(
      new Option('--bundle <kind>', 'a folder that draws images by itself: web, in a browser').choices(['web']),
    )
    .option(
      '--steps <counts>',
      "step counts of the samplers, the recipe's unless given; one-step specialists keep theirs",
      wholesBetween(1, 64),
    )
    .option('--teacher <folder>', "of one student's file: the imported head that it was distilled from")
    .option(
      '--dtype <type>',
      "f32, bf16 or f16, of original weights; f32, and a teacher's own, unless given",
      dtypeOption,
    )
    .option(
      '--precision <list>',
      'of ONNX files: float32, float16, int8, int4 with commas between; float32 is always written (default: float32)',
      precisionOption,
    )
    .option(
      '--out <folder>',
      "folder to write; students/<recipe> (of a bundle its web/), or beside a student's file, unless given",
    )
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', help)
    .action(async (word: string, options: ExportOptions) => {
      const { bundle, to, dtype, teacher, precision } = options;
      if (bundle !== undefined) {
        const written = await exportWeb(word, options, { to, dtype, teacher, precision }, terminal);
        return terminal.print(options.json === true ? JSON.stringify({ bundle: written }, null, 2) : webText(written));
      }
      const exported = await exportWord(word, options, terminal);
      terminal.print(options.json === true ? JSON.stringify({ students: exported }, null, 2) : exportText(exported));
    });

const dtypeNames: Readonly<Record<string, WrittenDtype>> = { f32: 'F32', bf16: 'BF16', f16: 'F16' };

function dtypeOption(text: string): WrittenDtype {
  const dtype = Object.hasOwn(dtypeNames, text) ? dtypeNames[text] : undefined;
  if (dtype === undefined) throw new InvalidArgumentError(`Allowed choices are ${Object.keys(dtypeNames).join(', ')}.`);
  return dtype;
}

async function exportWord(word: string, options: ExportOptions, terminal: Terminal): Promise<Exported[]> {
  if (existsSync(join(word, 'card.json'))) return exportTeacher(word, options);
  if (options.dtype !== undefined && !givesBack(options))
    throw new UsageError('--dtype: expected --to original or both: of ONNX files that is --precision');
  if (options.precision !== undefined && options.to === 'original')
    throw new UsageError('--precision: expected --to onnx or both: of original weights that is --dtype');
  return word.endsWith('.safetensors') ? exportFile(word, options, terminal) : exportRun(word, options, terminal);
}

const givesBack = ({ to }: ExportOptions): boolean => to === 'original' || to === 'both';

async function exportTeacher(folder: string, { to, out, dtype }: ExportOptions): Promise<Exported[]> {
  if (to !== 'original')
    throw new UsageError(`${folder}: expected --to original: a teacher's head is written as it came, to no other form`);
  const { giveBackHead } = await import('../distillation/export/give-back.ts');
  return [await giveBackHead(folder, out ?? folder, dtype)];
}

async function exportFile(path: string, options: ExportOptions, terminal: Terminal): Promise<Exported[]> {
  const { steps = [1, 2, 4], teacher, out = path.replace(/\.safetensors$/, '') } = options;
  if (givesBack(options) && teacher === undefined)
    throw new UsageError(`${path}: expected --teacher <folder>, the imported head that the student was distilled from`);
  const request = { name: basename(path, '.safetensors'), path, steps };
  return exportRequested(
    [{ request, folder: out }],
    { ...options, ...(teacher !== undefined && { teacher }) },
    terminal,
  );
}

async function exportRun(path: string, options: ExportOptions, terminal: Terminal): Promise<Exported[]> {
  const { recipe, hash } = await resolveFor('distill', path, options.set);
  const teacher = givesBack(options) ? importedFolder(path, recipe) : {};
  const { exportRequests } = await import('../distillation/export/students.ts');
  const { trainedRun } = await import('./trained-run.ts');
  const { markResults, resultFolder } = await import('../ground/file/result-folder.ts');
  const { run, students } = await trainedRun(recipe, hash);
  const folder = options.out ?? (await resultFolder('students', recipe.name, hash));
  if (options.out === undefined) await markResults(folder, hash);
  const requests = exportRequests(withSteps(recipe, options.steps), students);
  const places = requests.map((request) => ({ request, folder: join(folder, request.name) }));
  const held = options.precision === undefined ? {} : await heldOut(run);
  const exported = await exportRequested(places, { ...options, ...teacher, ...held }, terminal);
  const { keepPrecisions } = await import('../evaluation/precision/file.ts');
  for (const { name, precisions } of exported) if (precisions) await keepPrecisions(run, name, precisions);
  if (existsSync(join(run, 'evaluation.json'))) {
    const { writeCards } = await import('../report/cards.ts');
    await writeCards(run, folder);
  }
  return exported;
}

function importedFolder(path: string, { teacher }: DistillRecipe): { readonly teacher: string } {
  if (teacher.kind === 'imported') return { teacher: teacher.path };
  throw new UsageError(
    `${path}: expected a recipe with an imported teacher for --to original, got a ${teacher.kind} teacher: it came from no other system`,
  );
}

/** The options, and the contexts that files of other precisions are measured under. */
type RequestOptions = ExportOptions & { readonly contexts?: MeasuredContexts };

/** Exports students in the forms that are asked for. */
async function exportRequested(
  places: readonly { readonly request: ExportRequest; readonly folder: string }[],
  options: RequestOptions,
  terminal: Terminal,
): Promise<Exported[]> {
  const stage = (await terminal.progress(options)).stage('export', places.length, 'students');
  const exported: Exported[] = [];
  for (const { request, folder } of places) {
    exported.push(await exportOne(request, folder, options));
    stage.advance(exported.length, request.name);
  }
  stage.done();
  return exported;
}

async function exportOne(
  request: ExportRequest,
  folder: string,
  { to = 'onnx', teacher = '', dtype = 'F32', precision = [], contexts }: RequestOptions,
): Promise<Exported> {
  const { exportStudent } = await import('../distillation/export/students.ts');
  const { giveBackStudent } = await import('../distillation/export/give-back.ts');
  const compiled = to === 'original' ? undefined : await exportStudent(request, folder);
  const rounded = compiled && (await writeInPrecisions(request, folder, precision, contexts));
  const given = to === 'onnx' ? undefined : await giveBackStudent({ ...request, teacher }, folder, dtype);
  const files = [compiled, rounded, given].flatMap((written) => written?.files ?? []);
  return {
    ...{ name: request.name, folder, files },
    ...(compiled && { difference: compiled.difference }),
    ...(rounded && { precisions: rounded.measured }),
  };
}

const columns = [
  { title: 'Student', align: 'left' },
  { title: 'Folder', align: 'left' },
  { title: 'Files', align: 'left' },
  { title: 'Difference', align: 'right' },
] as const;

const exportText = (exported: readonly Exported[]): string =>
  [
    textTable(
      columns,
      exported.map(({ name, folder, files, difference }) => [
        name,
        folder,
        files.filter((file) => precisionOf(file).precision === 'float32').join(' '), // others have a table of their own
        difference?.toExponential(1) ?? '–',
      ]),
    ),
    ...exported.flatMap(({ name, precisions }) => (precisions ? [precisionsText(name, precisions)] : [])),
  ].join('\n\n');
