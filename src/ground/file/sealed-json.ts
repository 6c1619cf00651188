/** JSON files that tell whether they are as they were written: the SHA-256 of the rest stands in them as `seal`. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { FileError } from '../errors.ts';
import { writeAtomic } from './atomic.ts';
import { fileFailure } from './failure.ts';
import { checked, formatJson, parseJson } from './json.ts';
import { sha256 } from './sha256.ts';

const sealOf = (content: object): string => sha256(JSON.stringify(content));

/** A value that passes the schema as indented JSON with its seal. Throws FileError. */
export function formatSealed<Value extends object>(path: string, schema: z.ZodType<Value>, value: Value): string {
  const content: object = JSON.parse(formatJson(path, checked(path, value, schema)));
  return formatJson(path, { ...content, seal: sealOf(content) });
}

/** Writes a value that passes the schema with its seal, atomically. Throws FileError. */
export async function writeSealedJson<Value extends object>(
  path: string,
  schema: z.ZodType<Value>,
  value: Value,
): Promise<void> {
  await writeAtomic(path, formatSealed(path, schema, value));
}

/**
 * Reads a sealed file and checks it by a schema. One without a seal, of an earlier version, is checked by the schema
 * alone. Throws FileError, which ends with `remedy` where the file can be read but is not what was written.
 */
export async function readSealedJson<Value>(path: string, schema: z.ZodType<Value>, remedy: string): Promise<Value> {
  const bytes = await readFile(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  try {
    const value = parseJson(path, bytes);
    if (typeof value !== 'object' || value === null || !('seal' in value)) return checked(path, value, schema);
    const { seal, ...content } = value;
    if (seal !== sealOf(content)) throw new FileError(`${path}: is damaged: its content is not what was written`);
    return checked(path, content, schema);
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(`${cause.message}; ${remedy}`, { cause });
  }
}
