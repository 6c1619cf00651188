/** Who did which unit of a run: `runs/<run>/tasks/<kind>/<id>.json`, written by who does it. Nothing is decided by these files. */
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../ground/errors.ts';
import { shownText } from '../ground/field.ts';
import { fileFailure, systemCode } from '../ground/file/failure.ts';
import { readJson, writeJson } from '../ground/file/json.ts';
import { type TaskKindName, taskKinds } from '../ground/pool/executor.ts';
import { versions } from '../ground/versions.ts';
import { decidingParts } from './machine.ts';
import { taskId } from './task.ts';

const text = shownText.max(1000);

const recordSchema = z.strictObject({
  state: z.enum(['running', 'done', 'failed']),
  /** The process that does it, `host:number`, and what of its machine decides bytes. */
  worker: text,
  machine: z.record(z.string().max(40), text),
  /** When it was begun and last heard of, in ISO 8601; how long it took. */
  since: z.iso.datetime(),
  heard: z.iso.datetime(),
  seconds: z.number().nonnegative().exactOptional(),
  /** How often it was begun. */
  attempts: z.int().positive(),
  error: text.exactOptional(),
});

/** What is known of a unit that was begun. */
export type TaskRecord = z.output<typeof recordSchema>;

/** How often a unit that is under way is heard of. */
export const BEAT_MILLISECONDS = 15_000;

/** This process among the workers of a run. */
export const thisWorker = (): string => `${hostname()}:${process.pid}`;

const recordPath = (run: string, kind: TaskKindName, id: string): string => join(run, 'tasks', kind, `${id}.json`);

/** What is written of a unit while it is done. */
export interface Recording {
  /** Ends it: with what was thrown, where something was. */
  readonly end: (error?: unknown) => Promise<void>;
}

/** Writes down that this process begins with a unit, and then that it is still at it. Throws FileError. */
export async function beginRecord(
  run: string,
  { kind, id }: { readonly kind: TaskKindName; readonly id: string },
): Promise<Recording> {
  const path = recordPath(run, kind, id);
  const attempts = 1 + ((await kept(path))?.attempts ?? 0);
  const [since, started] = [new Date().toISOString(), performance.now()];
  const write = (rest: Pick<TaskRecord, 'state' | 'seconds' | 'error'>): Promise<void> =>
    writeJson(path, recordSchema, {
      ...{ worker: thisWorker(), machine: decidingParts(versions()), since, heard: new Date().toISOString(), attempts },
      ...rest,
    });
  await write({ state: 'running' });
  let writing = Promise.resolve();
  const beat = setInterval(() => {
    writing = write({ state: 'running' }).catch(() => undefined);
  }, BEAT_MILLISECONDS);
  beat.unref();
  return {
    end: async (error) => {
      clearInterval(beat);
      await writing;
      const seconds = (performance.now() - started) / 1000;
      if (error === undefined) return write({ state: 'done', seconds });
      const message = error instanceof Error ? error.message : String(error);
      await write({ state: 'failed', seconds, error: message.replace(/\p{Cc}+/gu, ' ').slice(0, 1000) });
    },
  };
}

/** Does a unit and records who does it, since when and how it ended. */
export async function recorded<Result>(
  run: string,
  unit: { readonly kind: TaskKindName; readonly id: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const record = await beginRecord(run, unit);
  try {
    const result = await work();
    await record.end();
    return result;
  } catch (error) {
    await record.end(error).catch(() => undefined);
    throw error;
  }
}

/** What a record says; undefined where there is none, or none that can be read. */
const kept = (path: string): Promise<TaskRecord | undefined> =>
  readJson(path, recordSchema).catch((error) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });

/** How many records are read at once. */
const AT_ONCE = 32;

/**
 * The records of a run, by kind and name of the unit; damaged ones are left out. `known` gives those that need not be read
 * again. Throws FileError where the folder cannot be read.
 */
export async function taskRecords(
  run: string,
  known: (kind: TaskKindName, id: string) => TaskRecord | undefined = () => undefined,
): Promise<Map<TaskKindName, Map<string, TaskRecord>>> {
  const records = new Map<TaskKindName, Map<string, TaskRecord>>();
  for (const kind of taskKinds) {
    const found = new Map<string, TaskRecord>();
    const ids = (await namesIn(join(run, 'tasks', kind))).map((name) => name.replace(/\.json$/, ''));
    const read = async (id: string) => known(kind, id) ?? (await kept(recordPath(run, kind, id)));
    const named = ids.filter((id) => taskId.safeParse(id).success);
    for (let from = 0; from < named.length; from += AT_ONCE) {
      const some = named.slice(from, from + AT_ONCE);
      for (const [place, record] of (await Promise.all(some.map(read))).entries())
        if (record !== undefined) found.set(some[place] ?? '', record);
    }
    records.set(kind, found);
  }
  return records;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileFailure(folder, 'read', error);
  }
}
