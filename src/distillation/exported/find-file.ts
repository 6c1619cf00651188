import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';

/** Which of a student's exported samplers. */
export interface SamplerChoice {
  /** Its step count, where the folder has a sampler of so many under that name; the one of the most unless given. */
  readonly steps?: number;
  /** How its weights are kept: float32 unless given. */
  readonly precision?: 'float32' | 'float16' | 'int8' | 'int4';
}

/** The path of a sampler: the file that is given, or the one of a student's folder. Throws FileError. */
export async function samplerPath(path: string, { steps, precision = 'float32' }: SamplerChoice): Promise<string> {
  const found = await stat(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (!found.isDirectory()) return path;
  const name = `sampler${steps === undefined ? '' : `-${steps}`}${precision === 'float32' ? '' : `.${precision}`}.onnx`;
  const names = await readdir(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (names.includes(name)) return join(path, name);
  const others = names.filter((other) => /^sampler.*\.onnx$/.test(other)).sort();
  throw new FileError(
    `${path}: expected ${name} in a student's exported folder, found ${others.length > 0 ? others.join(', ') : `no sampler${names.includes('head.onnx') ? '' : ' and no head.onnx'}`}`,
  );
}

/** Whether a file is the one-jump program, which is no sampler. */
export const isHead = (path: string): boolean => /^head(\.[a-z0-9]+)?\.onnx$/.test(basename(path));
