import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type Precision, precisions, type RoundingName } from '../../distillation/export/precision.ts';
import type { ExportRequest } from '../../distillation/export/students.ts';
import type { MeasuredContexts } from '../../evaluation/precision/contexts.ts';
import type { ExportedPrecisions } from '../../evaluation/precision/export-precisions.ts';
import type { MeasuredPrecisions } from '../../evaluation/precision/file.ts';
import { precisionBasis, precisionRows, precisionSentences, precisionTitles } from '../../report/precisions.ts';
import { textTable } from '../../report/terminal-table.ts';

/** The precisions of a list with commas but float32, which is always written. */
export function precisionOption(text: string): readonly RoundingName[] {
  const names = text.split(',').map((name) => precisions.find((known) => known === name));
  if (names.includes(undefined)) throw new InvalidArgumentError(`Allowed choices are ${precisions.join(', ')}.`);
  const wanted = (name: Precision | undefined): name is RoundingName => name !== undefined && name !== 'float32';
  return [...new Set(names.filter(wanted))];
}

/** The contexts that a run holds out; nothing where its trajectories are gone. */
export async function heldOut(run: string): Promise<{ readonly contexts?: MeasuredContexts }> {
  const { heldOutContexts } = await import('../../evaluation/precision/contexts.ts');
  const contexts = await heldOutContexts(join(run, 'trajectories'));
  return contexts === undefined ? {} : { contexts };
}

/** Writes a student's files in other precisions and measures them; removes those of other weights. */
export async function writeInPrecisions(
  request: ExportRequest,
  folder: string,
  names: readonly RoundingName[],
  contexts: MeasuredContexts | undefined,
): Promise<ExportedPrecisions | undefined> {
  const { exportPrecisions, removeOutdated } = await import('../../evaluation/precision/export-precisions.ts');
  await removeOutdated(folder);
  return names.length === 0 ? undefined : exportPrecisions(request, folder, names, contexts);
}

const columns = precisionTitles.map((title, index) => ({ title, align: index === 0 ? 'left' : 'right' }) as const);

/** What is printed of the precisions of a student. */
export const precisionsText = (name: string, measured: MeasuredPrecisions): string =>
  [
    `${name}: ${precisionBasis(measured)}`,
    textTable(columns, precisionRows(measured)),
    ...precisionSentences(measured),
  ].join('\n');
