/** A student's files in other precisions than float32: written, verified, and measured against the float32 ones. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileAt, type Precision, type RoundingName } from '../../distillation/export/precision.ts';
import { type ExportRequest, exportStudent, studentPrograms } from '../../distillation/export/students.ts';
import { readStudent, type Student } from '../../distillation/student/file.ts';
import type { TypedFunction } from '../../engine/graph/program.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { versions } from '../../ground/versions.ts';
import { type MeasuredContexts, randomlyMeasured } from './contexts.ts';
import {
  type MeasuredPrecisions,
  type MeasuredSampler,
  precisionsFile,
  readPrecisions,
  writePrecisions,
} from './file.ts';
import { DRAWS, drawsOf, type FloatDraws, openSampler, qualityOf, speedOf } from './measure.ts';

/** What was written and measured. */
export interface ExportedPrecisions {
  readonly files: readonly string[];
  readonly measured: MeasuredPrecisions;
}

/**
 * Writes a student whose float32 files are in the folder in other precisions, measures all its samplers, and keeps what was
 * measured in precisions.json, beside what is known of precisions that were written before. Under contexts that are held out
 * where there are some. Throws FileError, DataError or EngineError.
 */
export async function exportPrecisions(
  request: ExportRequest,
  folder: string,
  names: readonly RoundingName[],
  held?: MeasuredContexts,
): Promise<ExportedPrecisions> {
  const student = await readStudent(request.path);
  const files: string[] = [];
  for (const precision of names) files.push(...(await exportStudent(request, folder, { precision })).files);
  const contexts = held ?? randomlyMeasured(student.config);
  const samplers: MeasuredSampler[] = [];
  for (const [file, program] of Object.entries(studentPrograms(student, request.steps)))
    if (file !== 'head.onnx')
      samplers.push(...(await measureFile(folder, file, names, { student, program, contexts })));
  const before = await readPrecisions(folder);
  const written = new Set(samplers.map(({ file }) => file));
  const measured: MeasuredPrecisions = {
    format: 1,
    weights: await sha256File(join(folder, 'head.safetensors')),
    contexts: { kind: contexts.kind, count: contexts.context.w.data.length, draws: DRAWS },
    machine: versions().cpu ?? '',
    samplers: [...samplers, ...(before?.samplers.filter(({ file }) => !written.has(file)) ?? [])],
  };
  await writePrecisions(folder, measured);
  return { files: [...files, precisionsFile], measured };
}

/** What a sampler is measured with. */
interface Subject {
  readonly student: Student;
  readonly program: TypedFunction;
  readonly contexts: MeasuredContexts;
}

/** Measures a sampler in float32, then in each precision. */
async function measureFile(
  folder: string,
  of: string,
  names: readonly RoundingName[],
  subject: Subject,
): Promise<MeasuredSampler[]> {
  const key = (set: string) => ['precision', of, set];
  const whole = await opened(folder, of, 'float32', subject);
  const draws: FloatDraws = {
    same: await drawsOf(whole.sampler, subject.student, subject.contexts, key('same')),
    other: await drawsOf(whole.sampler, subject.student, subject.contexts, key('other')),
  };
  await whole.sampler.dispose();
  const rows: MeasuredSampler[] = [whole.row];
  for (const precision of names) {
    const { sampler, row } = await opened(folder, of, precision, subject);
    const rounded = await drawsOf(sampler, subject.student, subject.contexts, key('same'));
    await sampler.dispose();
    rows.push({ ...row, quality: qualityOf(join(folder, row.file), rounded, draws, subject.contexts.ends) });
  }
  return rows;
}

/** A sampler's file, opened and timed. */
async function opened(folder: string, of: string, precision: Precision, { program, student }: Subject) {
  const file = fileAt(of, precision);
  const sampler = await openSampler(join(folder, file), program, student);
  const bytes =
    (await bytesOfFile(join(folder, file))) + (await bytesOfFile(join(folder, fileAt('head.onnx.data', precision))));
  return { sampler, row: { file, precision, of, bytes, speed: await speedOf(sampler) } };
}

/** The bytes of a file, 0 where there is none. */
const bytesOfFile = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (error) => {
      if (systemCode(error) === 'ENOENT') return 0;
      throw fileFailure(path, 'read', error);
    },
  );

/** Removes what was written in other precisions of other weights than the folder's float32 ones. Throws FileError. */
export async function removeOutdated(folder: string): Promise<void> {
  const before = await readPrecisions(folder);
  if (before === undefined || before.weights === (await sha256File(join(folder, 'head.safetensors')))) return;
  const rounded = before.samplers.filter(({ precision }) => precision !== 'float32');
  const heads = rounded.flatMap(({ precision }) => [
    fileAt('head.onnx', precision),
    fileAt('head.onnx.data', precision),
  ]);
  for (const file of new Set([...rounded.map(({ file }) => file), ...heads, precisionsFile]))
    await rm(join(folder, file), { force: true });
}
