import { join } from 'node:path';
import type { WrittenBundle } from '../../distillation/export/web/bundle.ts';
import { UsageError } from '../../ground/errors.ts';
import { bytesText, labelled } from '../phrase.ts';
import { resolveFor } from '../run-reference.ts';
import { withSteps } from '../step-counts.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';

/** The options of `export` that a bundle heeds. */
export interface WebOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly steps?: readonly number[];
  readonly out?: string;
}

/** The folder of a bundle within a recipe's results. */
const bundleFolder = 'web';

/** Writes the students of a run as a folder that draws images in a browser; `given` are options that say something else. */
export async function exportWeb(
  word: string,
  options: WebOptions,
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<WrittenBundle> {
  const other = Object.keys(given).find((name) => given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other}: expected none beside --bundle web`);
  if (word.endsWith('.safetensors'))
    throw new UsageError(`${word}: expected a recipe or a run for --bundle web: a student's file has no backbone`);
  const { recipe, hash } = await resolveFor('distill', word, options.set);
  const { imageTeacherFolder, writeWebBundle } = await import('../../distillation/export/web/bundle.ts');
  const { exportRequests } = await import('../../distillation/export/students.ts');
  const { markResults, resultFolder } = await import('../../ground/file/result-folder.ts');
  const { trainedRun } = await import('../trained-run.ts');
  imageTeacherFolder(recipe, word); // refused before the students are asked for
  const { students } = await trainedRun(recipe, hash);
  const results = options.out === undefined ? await resultFolder('students', recipe.name, hash) : undefined;
  if (results !== undefined) await markResults(results, hash);
  const folder = results === undefined ? (options.out ?? '') : join(results, bundleFolder);
  const requests = exportRequests(withSteps(recipe, options.steps), students);
  return writeWebBundle({ recipe, hash, students: requests, folder }, await terminal.progress(options));
}

/** What is printed of a bundle. */
export function webText({ folder, files, difference }: WrittenBundle): string {
  const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
  return labelled({
    Bundle: folder,
    Files: `${Object.keys(files).length}, ${bytesText(bytes)}`,
    Difference: difference.toExponential(1),
    Show: `python3 -m http.server --bind 127.0.0.1 --directory ${folder} 8000`,
  });
}
