/** The heads that a command is given, as `fewstep export` writes them: once, however often the command is run. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { giveBackHead, giveBackStudent } from '../../distillation/export/give-back.ts';
import { originalFile } from '../../distillation/export/given-back.ts';
import { exportStudent } from '../../distillation/export/students.ts';
import type { CommandRecipe, DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { measuredCounts } from '../../distillation/recipe/times.ts';
import { samplerFile } from '../../distillation/student/sampler/file.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { FileError } from '../../ground/errors.ts';
import { readSealedJson, writeSealedJson } from '../../ground/file/sealed-json.ts';
import { graphFile } from '../../teachers/imported/graph/read.ts';
import { isGraph } from '../../teachers/imported/head.ts';

/** Where a head's files are, absolute. */
export interface GivenHead {
  readonly head: string;
  /** The unrolled sampler of a step count, of ONNX. */
  readonly samplerOf: (steps: number) => string | undefined;
}

/** Where a head is written, and what it is written from: what is there of the very same is not written again. */
export interface HeadPlace {
  readonly folder: string;
  readonly origin: string;
}

const noSampler = (): undefined => undefined;

/** Writes a student, in the command's format. Throws FileError or DataError. */
export async function givenStudent(
  recipe: DistillRecipe,
  { format }: CommandRecipe,
  { name, path }: Pick<TrainedStudent, 'name' | 'path'>,
  place: HeadPlace,
): Promise<GivenHead> {
  const { folder } = place;
  if (format === 'original') {
    const teacher = recipe.teacher.kind === 'imported' ? recipe.teacher.path : '';
    await writtenOnce(place, () => giveBackStudent({ name, path, teacher }, folder));
    const graph = resolve(folder, 'original.onnx'); // of a head that came as ONNX, and its own signature
    return { head: existsSync(graph) ? graph : resolve(folder, originalFile), samplerOf: noSampler };
  }
  const student = recipe.students.find((one) => one.name === name);
  const steps = student === undefined ? recipe.evaluation.steps : measuredCounts(student, recipe);
  await writtenOnce(place, () => exportStudent({ name, path, steps }, folder));
  const most = Math.max(...steps);
  return {
    head: resolve(folder, 'head.onnx'),
    samplerOf: (count) => (steps.includes(count) ? resolve(folder, samplerFile(count, most)) : undefined),
  };
}

/** Writes an imported teacher's head; one that came as ONNX stays where it is. Throws FileError or DataError. */
export async function givenTeacher(teacher: string, place: HeadPlace): Promise<GivenHead> {
  if (await isGraph(teacher)) return { head: resolve(teacher, graphFile), samplerOf: noSampler };
  await writtenOnce(place, () => giveBackHead(teacher, place.folder));
  return { head: resolve(place.folder, originalFile), samplerOf: noSampler };
}

const mark = z.strictObject({ origin: z.string() });

/** Writes a head into an emptied folder, and then what it was written from; nothing where that is there already. */
async function writtenOnce({ folder, origin }: HeadPlace, write: () => Promise<unknown>): Promise<void> {
  const path = join(folder, 'given.json');
  const found = await readSealedJson(path, mark, 'it is written anew').catch((error: unknown) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });
  if (found?.origin === origin) return;
  await rm(folder, { recursive: true, force: true });
  await write();
  await writeSealedJson(path, mark, { origin });
}
