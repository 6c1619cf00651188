import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { FileError } from '../errors.ts';
import { writeAtomic } from './atomic.ts';
import { fileFailure } from './failure.ts';

/** A value that passes a schema; otherwise a FileError that says where in the value and what was expected. */
export function checked<Value>(where: string, value: unknown, schema: z.ZodType<Value>): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.map(String).join('.');
  throw new FileError(`${where}:${place ? ` ${place}:` : ''} ${issue?.message ?? 'not as expected'}`, {
    cause: result.error,
  });
}

/** The value of a JSON text in UTF-8. Throws FileError. */
export function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    // the message may quote lines of the text
    const what = cause instanceof SyntaxError ? cause.message.replace(/[\s\p{Cc}]+/gu, ' ') : 'the text is not UTF-8';
    throw new FileError(`${path}: not valid JSON: ${what}`, { cause });
  }
}

/** A value as indented JSON; a NaN or an infinity, which JSON cannot hold, is a FileError instead of null. */
export function formatJson(path: string, value: unknown): string {
  const refuse = (key: string, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new FileError(`${path}: cannot be written: "${key}" must be finite, got ${part}`);
    }
    return part;
  };
  return `${JSON.stringify(value, refuse, 2)}\n`;
}

/** Reads a JSON file and checks it by a schema. Throws FileError. */
export async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
  const bytes = await readFile(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  return checked(path, parseJson(path, bytes), schema);
}

/** Writes a value that passes the schema as indented JSON, atomically. Throws FileError. */
export async function writeJson<Value>(path: string, schema: z.ZodType<Value>, value: Value): Promise<void> {
  await writeAtomic(path, formatJson(path, checked(path, value, schema)));
}
