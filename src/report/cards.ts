import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { movedText } from '../distillation/recipe/paths.ts';
import { type MeasuredPrecisions, readPrecisions } from '../evaluation/precision/file.ts';
import { writeAtomic } from '../ground/file/atomic.ts';
import { fileFailure, systemCode } from '../ground/file/failure.ts';
import { openSafetensors } from '../ground/file/safetensors.ts';
import { sha256File } from '../ground/file/sha256.ts';
import { type Hearing, hearingOf } from '../heads/context.ts';
import { readConventions } from '../heads/network/conventions.ts';
import { modelCard } from './card.ts';
import { readRun } from './read.ts';
import { entriesOf, studentOf, summarize } from './summary.ts';

/** The exported files of a student, samplers of the most steps first; undefined where it was not exported. */
async function exportedFiles(folder: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /\.(onnx|onnx\.data|safetensors|py)$/.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw fileFailure(folder, 'read', error);
  }
}

const weights = 'head.safetensors';

/** What the student in a file hears of a context. */
async function hearingIn(path: string): Promise<Hearing> {
  const file = await openSafetensors(path);
  await file.close();
  return hearingOf(readConventions(path, file.metadata.conventions));
}

/** What was measured of the precisions in a folder, of files that are there; nothing where the weights are others by now. */
async function precisionsOf(folder: string, files: readonly string[]): Promise<MeasuredPrecisions | undefined> {
  const measured = await readPrecisions(folder);
  if (measured === undefined || measured.weights !== (await sha256File(join(folder, weights)))) return undefined;
  return { ...measured, samplers: measured.samplers.filter(({ file }) => files.includes(file)) };
}

/**
 * Writes `<student>/card.md` into the folder of each exported student, and the resolved recipe beside them. Gives the
 * paths. The students of a run's first seed are the exported ones. Throws FileError.
 */
export async function writeCards(runFolder: string, studentsFolder: string): Promise<readonly string[]> {
  const { evaluation, recipe } = await readRun(runFolder);
  const seed = evaluation.rows.find(({ kind }) => kind === 'student')?.seed ?? 0;
  const rows = evaluation.rows.filter((row) => row.kind !== 'student' || row.seed === seed);
  const [summary, run] = [summarize({ ...evaluation, rows }), summarize(evaluation)];
  const written: string[] = [];
  for (const student of new Set(entriesOf(summary, 'student').map(studentOf))) {
    const folder = join(studentsFolder, student);
    const files = await exportedFiles(folder);
    if (files === undefined) continue;
    const hearing = files.includes(weights) ? await hearingIn(join(folder, weights)) : 'two-way';
    const precisions = await precisionsOf(folder, files);
    const facts = { files, seed, run, hearing, ...(precisions && { precisions }) };
    await writeAtomic(join(folder, 'card.md'), modelCard(summary, student, facts));
    written.push(join(folder, 'card.md'));
  }
  if (recipe !== '') {
    await writeAtomic(join(studentsFolder, 'recipe.resolved.yaml'), movedText(recipe, runFolder, studentsFolder));
    written.push(join(studentsFolder, 'recipe.resolved.yaml'));
  }
  return written;
}
