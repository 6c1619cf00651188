/** `precisions.json` beside a student's files: what each precision costs and gives; checked where it is read. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { precisions } from '../../distillation/export/precision.ts';
import { FileError } from '../../ground/errors.ts';
import { estimate } from '../../ground/estimate-schema.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { readSealedJson, writeSealedJson } from '../../ground/file/sealed-json.ts';

const samplerQuality = z.strictObject({
  /** Conditional energy distance to float32 samples from other noise. */
  distance: estimate,
  /** The same of float32 samples, from the noise that the rounded file was given. */
  floor: estimate,
  /** The first less the second, context by context. */
  excess: estimate,
  /** Conditional energy distance to the teacher's ends, and that of the float32 samples. */
  toTeacher: estimate.exactOptional(),
  toTeacherBefore: estimate.exactOptional(),
});

const samplerSpeed = z.strictObject({
  batch: z.int().positive(),
  /** Median time of a call in milliseconds. */
  p50: z.number().positive(),
});

/** Such names become parts of paths, also of files that are removed. */
const fileName = z
  .string()
  .regex(/^sampler[a-z0-9-]{0,60}(\.[a-z0-9]{1,20})?\.onnx$/, "expected the name of a sampler's file");

const measuredSampler = z.strictObject({
  file: fileName,
  precision: z.enum(precisions),
  /** The name of the file in float32. */
  of: fileName,
  /** Bytes of the file, with weights that lie beside it. */
  bytes: z.int().positive(),
  speed: z.array(samplerSpeed).max(8),
  /** Absent of float32, which the others are compared with. */
  quality: samplerQuality.exactOptional(),
});

const schema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of the student's float32 weights: measurements of others are no longer true. */
  weights: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256'),
  contexts: z.strictObject({
    kind: z.enum(['held-out', 'random']),
    count: z.int().positive(),
    draws: z.int().positive(),
  }),
  machine: z.string().max(200),
  samplers: z.array(measuredSampler).max(1000),
});

/** How far a rounded sampler's draws are from float32's. */
export type SamplerQuality = z.output<typeof samplerQuality>;

/** How long a sampler's call takes. */
export type SamplerSpeed = z.output<typeof samplerSpeed>;

/** One file as it was measured. */
export type MeasuredSampler = z.output<typeof measuredSampler>;

/** What was measured of a student's files. */
export type MeasuredPrecisions = z.output<typeof schema>;

/** The file's name. */
export const precisionsFile = 'precisions.json';

/** Writes what was measured. Throws FileError. */
export const writePrecisions = (folder: string, measured: MeasuredPrecisions): Promise<void> =>
  writeSealedJson(join(folder, precisionsFile), schema, measured);

/** What was measured of the exported students of a run, by their names. */
export type RunPrecisions = Readonly<Record<string, MeasuredPrecisions>>;

/** Keeps in a run what was measured of a student's files, wherever those are: its report shows it. Throws FileError. */
export async function keepPrecisions(run: string, student: string, measured: MeasuredPrecisions): Promise<void> {
  const folder = join(stageFolder(run, 'export'), student);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw fileFailure(folder, 'written', error);
  });
  await writePrecisions(folder, measured);
}

/** What a run keeps of its students' files; nothing where none was exported in another precision. Throws FileError. */
export async function keptPrecisions(run: string): Promise<RunPrecisions> {
  const folder = stageFolder(run, 'export');
  const names = await readdir(folder).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileFailure(folder, 'read', error);
  });
  const found: [string, MeasuredPrecisions][] = [];
  for (const name of names.sort()) {
    const measured = await readPrecisions(join(folder, name));
    if (measured !== undefined) found.push([name, measured]);
  }
  return Object.fromEntries(found);
}

/** What was measured of the files in a folder; nothing where nothing was. Throws FileError where it is damaged. */
export async function readPrecisions(folder: string): Promise<MeasuredPrecisions | undefined> {
  try {
    return await readSealedJson(join(folder, precisionsFile), schema, 'export the student again');
  } catch (error) {
    if (error instanceof FileError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}
