import type { z } from 'zod';
import { FileError } from '../errors.ts';
import { writeAtomic } from './atomic.ts';
import { readBounded } from './bounded.ts';
import { type JsonLimits, jsonFault, jsonLimits } from './json-fault.ts';
import { quoted } from './quoted.ts';
import { shortened } from './visible.ts';

/** The longest JSON file that is read, in bytes; a report's is about a hundredth of it. */
export const LONGEST_JSON = 1 << 24;

/** A value that passes a schema; otherwise a FileError that says where in the value and what was expected. */
export function checked<Value>(where: string, value: unknown, schema: z.ZodType<Value>): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = shortened(quoted(issue?.path.map(String).join('.') ?? '', 200).slice(1, -1), 240);
  const what = shortened(issue?.message ?? 'not as expected', 400);
  throw new FileError(`${where}:${place ? ` ${place}:` : ''} ${what}`, {
    cause: result.error,
  });
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`${path}: not valid JSON: the text is not UTF-8`, { cause });
  }
}

/** The value of a JSON text in UTF-8 whose keys occur once. Throws FileError, which states a limit that is not kept. */
export function parseJson(path: string, bytes: Uint8Array, limits: JsonLimits = jsonLimits): unknown {
  const text = decoded(path, bytes);
  const fault = jsonFault(text, limits);
  if (fault !== undefined) throw new FileError(`${path}: ${fault}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // the message may quote lines of the text
    const what = cause instanceof SyntaxError ? cause.message.replace(/[\s\p{Cc}]+/gu, ' ') : 'not as expected';
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

/** Reads a JSON file of at most 16 MiB and checks it by a schema. Throws FileError. */
export async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
  return checked(path, parseJson(path, await readBounded(path, LONGEST_JSON)), schema);
}

/** Writes a value that passes the schema as indented JSON, atomically. Throws FileError. */
export async function writeJson<Value>(path: string, schema: z.ZodType<Value>, value: Value): Promise<void> {
  await writeAtomic(path, formatJson(path, checked(path, value, schema)));
}
