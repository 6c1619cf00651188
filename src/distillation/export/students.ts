import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TypedFunction } from '../../engine/graph/program.ts';
import { encodeLowered } from '../../engine/onnx/encode.ts';
import { externalData } from '../../engine/onnx/external-data.ts';
import type { LoweredGraph } from '../../engine/onnx/lower-graph.ts';
import type { OnnxConstant } from '../../engine/onnx/lowering.ts';
import { DataError } from '../../ground/errors.ts';
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
import { loweredOf } from './onnx.ts';
import { fileAt, type Precision, roundings, SMALLEST } from './precision.ts';
import { verifyExport, verifyRounded } from './verify.ts';

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
  /** Weights of this many bytes and more lie in one file beside the ONNX files; 256 MiB of float32 unless given. */
  readonly large?: number;
  /** How weights are kept; float32 unless given. */
  readonly precision?: Precision;
}

/** The file of large weights, which all ONNX files of a student share. */
const weightsFile = 'head.onnx.data';

/** Exports one student into a folder. Throws FileError or DataError, also where nothing of it is large enough to round. */
export async function exportStudent(
  { name, path, steps }: ExportRequest,
  folder: string,
  { large = largeWeights, precision = 'float32' }: ExportOptions = {},
): Promise<ExportedStudent> {
  const student = await readStudent(path);
  const programs = studentPrograms(student, steps);
  const files = programsAt(name, student, programs, precision);
  if (precision === 'float32') await writeStudent(join(folder, 'head.safetensors'), student);
  const beside = bytesOf(student.parameters) >= large ? fileAt(weightsFile, precision) : undefined;
  const difference = await (beside ? writeBeside(folder, files, student, beside) : writeWhole(folder, files));
  const written = [...files.map(({ file }) => file), ...(beside ? [beside] : [])];
  return { name, folder, files: [...(precision === 'float32' ? ['head.safetensors'] : []), ...written], difference };
}

/** The programs that a student is exported as, by their float32 files. */
export const studentPrograms = (student: Student, steps: readonly number[]): Record<string, TypedFunction> => ({
  'head.onnx': jumpProgram(student),
  ...samplerPrograms(student, steps),
});

/** A program on its way to a file. */
interface Exported {
  readonly file: string;
  readonly lowered: LoweredGraph;
  /** Compares the program, its bytes or its file, with the weights; `path` is for messages. Throws DataError. */
  readonly verify: (path: string, model: Uint8Array | string) => Promise<number>;
}

function programsAt(
  name: string,
  student: Student,
  programs: Readonly<Record<string, TypedFunction>>,
  precision: Precision,
): Exported[] {
  const rounding = precision === 'float32' ? undefined : roundings[precision];
  const rewrite = rounding?.rewrite();
  return Object.entries(programs).map(([file, program]) => {
    const whole = loweredOf(program, student);
    const rounded = rewrite?.(whole);
    if (rounded === whole)
      throw new DataError(`${name}: ${precision}: expected products of at least ${SMALLEST} × ${SMALLEST}, found none`);
    return {
      file: fileAt(file, precision),
      lowered: { ...whole, ...rounded },
      verify: (path, model) =>
        rounding === undefined
          ? verifyExport(path, model, program, student)
          : verifyRounded(path, model, program, student, rounding.limit),
    };
  });
}

/** Writes programs with their weights inside, each when it is verified; gives the largest difference. */
async function writeWhole(folder: string, programs: readonly Exported[]): Promise<number> {
  let difference = 0;
  for (const { file, lowered, verify } of programs) {
    const bytes = encodeLowered(lowered);
    difference = Math.max(difference, await verify(join(folder, file), bytes));
    await writeAtomic(join(folder, file), bytes);
  }
  return difference;
}

/** Writes programs and their weights beside each other, verifies the files, then moves all of them into place. */
async function writeBeside(
  folder: string,
  programs: readonly Exported[],
  { parameters }: Student,
  weights: string,
): Promise<number> {
  const staging = await stagingIn(folder).catch((error) => {
    throw fileFailure(folder, 'written', error);
  });
  try {
    const outside = externalData(weights, weights === weightsFile ? parameters : constantsOf(programs));
    await outside.write(join(staging, weights));
    let difference = 0;
    for (const { file, lowered, verify } of programs) {
      const written = join(staging, file);
      await writeAtomic(written, encodeLowered(lowered, outside.placeOf));
      difference = Math.max(difference, await verify(join(folder, file), written));
    }
    for (const file of [weights, ...programs.map(({ file }) => file)])
      await rename(join(staging, file), join(folder, file));
    return difference;
  } catch (error) {
    throw fileFailure(folder, 'written', error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function stagingIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return mkdtemp(join(folder, '.export-'));
}

/** All constants of programs; those that they share are one array under several names. */
const constantsOf = (programs: readonly Exported[]): Record<string, OnnxConstant> =>
  Object.fromEntries(
    programs.flatMap(({ file, lowered }) =>
      lowered.constants.map((constant) => [`${constant.name} of ${file}`, constant] as const),
    ),
  );
