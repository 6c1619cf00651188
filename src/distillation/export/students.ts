import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TypedFunction } from '../../engine/graph/program.ts';
import { externalData } from '../../engine/onnx/external-data.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { bytesOf, largeWeights } from '../../ground/host-tensor.ts';
import type { Progress } from '../../ground/progress.ts';
import { knownMethod } from '../method/table.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { readStudent, type Student, writeStudent } from '../student/file.ts';
import { jumpProgram, samplerProgram } from '../student/program.ts';
import { samplerFile } from '../student/sampler/file.ts';
import type { TrainedStudent } from '../train/students.ts';
import { onnxOf } from './onnx.ts';
import { verifyExport } from './verify.ts';

/** A student to export: its weights, and the step counts it was measured at. */
export interface ExportRequest {
  readonly name: string;
  /** File of the trained weights. */
  readonly path: string;
  readonly steps: readonly number[];
}

/** The students of a run's first seed, each at the step counts it was measured at. */
export function exportRequests(
  { seeds, students, evaluation }: DistillRecipe,
  trained: readonly TrainedStudent[],
): ExportRequest[] {
  return trained
    .filter(({ seed }) => seed === seeds[0])
    .map(({ name, path }) => ({
      name,
      path,
      steps: students.find((student) => student.name === name)?.steps ?? evaluation.steps,
    }));
}

/** What was written for one student. */
export interface ExportedStudent {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** Largest relative difference of the ONNX files from the eager head. */
  readonly difference: number;
}

/** The unrolled samplers of a student by file; the second way of its method only where there is more than one step. */
function samplerPrograms(student: Student, counts: readonly number[]): Record<string, TypedFunction> {
  const most = Math.max(...counts);
  const other = knownMethod(student.metadata.method ?? '')?.otherSampler;
  const own = counts.map((count) => [samplerFile(count, most), samplerProgram(student, count)] as const);
  if (other === undefined) return Object.fromEntries(own);
  const otherwise = { ...student, sampler: other };
  const several = counts.filter((count) => count > 1);
  const others = several.map((count) => [samplerFile(count, most, other), samplerProgram(otherwise, count)] as const);
  return Object.fromEntries([...own, ...others]);
}

/** Writes head.onnx, sampler.onnx and head.safetensors of each student into a folder of its name, and checks them. */
export async function exportStudents(
  requests: readonly ExportRequest[],
  folder: string,
  progress: Progress,
): Promise<ExportedStudent[]> {
  const stage = progress.stage('export', requests.length, 'students');
  const exported: ExportedStudent[] = [];
  for (const request of requests) {
    exported.push(await exportStudent(request, join(folder, request.name)));
    stage.advance(exported.length, request.name);
  }
  stage.done();
  return exported;
}

/** How a student is written. */
export interface ExportOptions {
  /** Weights of this many bytes and more lie in one file beside the ONNX files; 256 MiB unless given. */
  readonly large?: number;
}

/** The file of large weights, which all ONNX files of a student share. */
const weightsFile = 'head.onnx.data';

/** Exports one student into a folder. */
export async function exportStudent(
  { name, path, steps }: ExportRequest,
  folder: string,
  { large = largeWeights }: ExportOptions = {},
): Promise<ExportedStudent> {
  const student = await readStudent(path);
  const programs = { 'head.onnx': jumpProgram(student), ...samplerPrograms(student, steps) };
  await writeStudent(join(folder, 'head.safetensors'), student);
  const beside = bytesOf(student.parameters) >= large;
  const difference = await (beside ? writeBeside : writeWhole)(folder, programs, student);
  const files = ['head.safetensors', ...Object.keys(programs), ...(beside ? [weightsFile] : [])];
  return { name, folder, files, difference };
}

type Programs = Readonly<Record<string, TypedFunction>>;

/** Writes programs with their weights inside, each when it is verified; gives the largest difference. */
async function writeWhole(folder: string, programs: Programs, student: Student): Promise<number> {
  let difference = 0;
  for (const [file, program] of Object.entries(programs)) {
    const bytes = onnxOf(program, student);
    difference = Math.max(difference, await verifyExport(join(folder, file), bytes, program, student));
    await writeAtomic(join(folder, file), bytes);
  }
  return difference;
}

/** Writes programs and their weights beside each other, verifies the files, then moves all of them into place. */
async function writeBeside(folder: string, programs: Programs, student: Student): Promise<number> {
  const staging = await mkdtemp(join(folder, '.export-')).catch((error) => {
    throw fileFailure(folder, 'written', error);
  });
  try {
    const outside = externalData(weightsFile, student.parameters);
    await outside.write(join(staging, weightsFile));
    let difference = 0;
    for (const [file, program] of Object.entries(programs)) {
      const written = join(staging, file);
      await writeAtomic(written, onnxOf(program, student, outside));
      difference = Math.max(difference, await verifyExport(join(folder, file), written, program, student));
    }
    for (const file of [weightsFile, ...Object.keys(programs)]) await rename(join(staging, file), join(folder, file));
    return difference;
  } catch (error) {
    throw fileFailure(folder, 'written', error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
