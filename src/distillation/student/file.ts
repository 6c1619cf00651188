import { DataError, FileError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { openSafetensors, writeSafetensors } from '../../ground/file/safetensors.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { type HeadConfig, headConfig } from '../../heads/network/config.ts';
import { type Conventions, conventionTexts, readConventions } from '../../heads/network/conventions.ts';
import { studentShapes } from './network.ts';
import { type NoiseScales, noiseTexts, readNoiseScales } from './noise-scales.ts';
import { type SamplerName, samplers } from './sampler/table.ts';
import { readTimes, type StudentTimes, timesTexts } from './times.ts';

/** A student as a file holds it: weights, sizes, and how it takes steps. */
export interface Student {
  readonly parameters: Parameters;
  readonly config: HeadConfig;
  readonly sampler: SamplerName;
  /** Times of its steps where it has some of its own; equal steps unless given. */
  readonly times?: StudentTimes;
  /** Factors on its noise where it has some; none unless given. */
  readonly noiseScales?: NoiseScales;
  /** What else the file tells: method, seed, hashes of teacher and recipe. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes a student; its conventions, sampler, times and factors on noise go into the metadata, its sizes follow from the shapes. */
export const writeStudent = (path: string, student: Student): Promise<void> =>
  writeSafetensors(path, student.parameters, { metadata: studentTexts(student) });

/** The metadata of a student's file. */
export const studentTexts = ({ config, sampler, times, noiseScales, metadata }: Omit<Student, 'parameters'>) => ({
  ...metadata,
  ...conventionTexts(config),
  sampler,
  ...timesTexts(times),
  ...noiseTexts(noiseScales),
});

/** Reads a student and checks that it is one. Throws FileError, or DataError where a tensor is missing or misshapen. */
export async function readStudent(path: string): Promise<Student> {
  const file = await openSafetensors(path);
  try {
    const { sampler, timeScale, conventions, times, noiseScales, ...metadata } = file.metadata;
    if (sampler === undefined || !Object.hasOwn(samplers, sampler))
      throw new FileError(
        `${path}: metadata sampler: expected ${Object.keys(samplers).join(', ')}, got ${quoted(sampler ?? '')}`,
      );
    const scale = Number(timeScale);
    if (!(scale > 0))
      throw new FileError(`${path}: metadata timeScale: expected a positive number, got ${quoted(timeScale ?? '')}`);
    const own = { ...readTimes(path, times), ...readNoiseScales(path, noiseScales) };
    const parameters = finite(path, await file.readFloats([...file.header.keys()]));
    const config = configOf(path, parameters, scale, readConventions(path, conventions));
    return { parameters, config, sampler: sampler as SamplerName, ...own, metadata };
  } finally {
    await file.close();
  }
}

/** The config of a student's tensors, all of which are there. */
function configOf(path: string, parameters: Parameters, scale: number, conventions: Conventions): HeadConfig {
  const config = headOf(path, parameters, scale, conventions);
  for (const [name, expected] of Object.entries(studentShapes(config))) {
    const shape = parameters[name]?.shape;
    if (shape?.join() !== expected.join())
      throw new DataError(
        `${path}: tensor ${name}: expected shape [${expected.join(', ')}], got ${shape ? `[${shape.join(', ')}]` : 'none'}`,
      );
  }
  return config;
}

function headOf(path: string, parameters: Parameters, scale: number, conventions: Conventions): HeadConfig {
  try {
    return headConfig(parameters, scale, conventions);
  } catch (cause) {
    if (cause instanceof DataError) throw new DataError(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** The tensors, all of which must be without a NaN or an infinity. */
function finite(path: string, tensors: Parameters): Parameters {
  for (const [name, { data }] of Object.entries(tensors)) {
    const bad = oddPlace(data);
    if (bad >= 0)
      throw new FileError(`${path}: tensor ${name}: expected finite numbers, got ${data[bad]} at element ${bad}`);
  }
  return tensors;
}
