import { FileError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { openSafetensors, writeSafetensors } from '../../ground/file/safetensors.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { type HeadConfig, headConfig } from '../../heads/network/config.ts';
import { conventionTexts, readConventions } from '../../heads/network/conventions.ts';
import { type SamplerName, samplers } from './sampler/table.ts';

/** A student as a file holds it: weights, sizes, and how it takes steps. */
export interface Student {
  readonly parameters: Parameters;
  readonly config: HeadConfig;
  readonly sampler: SamplerName;
  /** What else the file tells: method, seed, hashes of teacher and recipe. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes a student; its conventions and sampler go into the metadata, its sizes follow from the shapes. */
export const writeStudent = (path: string, { parameters, config, sampler, metadata }: Student): Promise<void> =>
  writeSafetensors(path, parameters, { metadata: { ...metadata, ...conventionTexts(config), sampler } });

/** Reads a student and checks that it is one. */
export async function readStudent(path: string): Promise<Student> {
  const file = await openSafetensors(path);
  try {
    const { sampler, timeScale, conventions, ...metadata } = file.metadata;
    if (sampler === undefined || !Object.hasOwn(samplers, sampler))
      throw new FileError(
        `${path}: metadata sampler: expected ${Object.keys(samplers).join(', ')}, got ${quoted(sampler ?? '')}`,
      );
    const scale = Number(timeScale);
    if (!(scale > 0))
      throw new FileError(`${path}: metadata timeScale: expected a positive number, got ${quoted(timeScale ?? '')}`);
    const parameters = finite(path, await file.readFloats([...file.header.keys()]));
    const config = headConfig(parameters, scale, readConventions(path, conventions));
    return { parameters, config, sampler: sampler as SamplerName, metadata };
  } finally {
    await file.close();
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
