/** A stage's manifest: written last, so a stage is complete when it is there; lists the stage's files and its facts. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../errors.ts';
import { fileFailure, systemCode } from './failure.ts';
import { insidePath } from './inside.ts';
import { checked } from './json.ts';
import { readSealedJson, writeSealedJson } from './sealed-json.ts';
import { sha256File } from './sha256.ts';

const fileSchema = z.strictObject({
  path: insidePath('the stage folder'),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
});

/** A file of a stage, its path relative to the stage's folder. */
export type ManifestFile = z.infer<typeof fileSchema>;

const manifestSchema = z.strictObject({ format: z.literal(1), files: z.array(fileSchema), facts: z.unknown() });

const manifestOf = (folder: string) => join(folder, 'manifest.json');

/** What helps against damage in a complete stage: files that are sealed and whole are kept when it is made anew. */
const remedy = (folder: string): string =>
  `delete ${manifestOf(folder)} and run the same command again: what is whole is kept, the rest is made anew`;

const corrupt = (folder: string, path: string, what: string) =>
  new FileError(`${join(folder, path)}: ${what}; ${remedy(folder)}`);

async function describe(folder: string, path: string): Promise<ManifestFile> {
  const full = join(folder, path);
  const { size } = await stat(full).catch((error) => {
    throw fileFailure(full, 'read', error);
  });
  return { path, bytes: size, sha256: await sha256File(full) };
}

/**
 * Declares a stage complete: writes manifest.json with the size and SHA-256 of its files (paths relative to the
 * folder) and what else is to be known of it.
 */
export async function completeStage(
  folder: string,
  paths: readonly string[],
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const files: ManifestFile[] = [];
  for (const path of [...paths].sort()) files.push(await describe(folder, path));
  await writeSealedJson(manifestOf(folder), manifestSchema, { format: 1, files, facts });
}

async function check(folder: string, file: ManifestFile, verify: boolean): Promise<void> {
  const full = join(folder, file.path);
  const found = await stat(full).catch((error) => {
    if (systemCode(error) === 'ENOENT') throw corrupt(folder, file.path, 'is missing though its stage is complete');
    throw fileFailure(full, 'read', error);
  });
  if (found.size !== file.bytes) {
    throw corrupt(folder, file.path, `is damaged: expected ${file.bytes} bytes, got ${found.size}`);
  }
  if (!verify) return;
  const hash = await sha256File(full);
  if (hash !== file.sha256) {
    throw corrupt(folder, file.path, 'is damaged: its content is not what was written');
  }
}

/** What a complete stage has: its files, and its facts as the schema types them. */
export interface Stage<Facts> {
  readonly files: readonly ManifestFile[];
  readonly facts: Facts;
}

async function readManifest<Facts>(folder: string, factsSchema: z.ZodType<Facts>): Promise<Stage<Facts>> {
  const path = manifestOf(folder);
  const { files, facts } = await readSealedJson(path, manifestSchema, remedy(folder));
  try {
    return { files, facts: checked(`${path}: facts`, facts, factsSchema) };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(`${cause.message}; ${remedy(folder)}`, { cause });
  }
}

/**
 * The files and facts of a complete stage, or undefined where it is not complete. Checks that the files are there in
 * their sizes and, with `verify`, their SHA-256, unless they need not be `here`; throws FileError that names the file and
 * says what to do.
 */
export async function readStage<Facts>(
  folder: string,
  factsSchema: z.ZodType<Facts>,
  { verify = false, here = true }: { verify?: boolean; here?: boolean } = {},
): Promise<Stage<Facts> | undefined> {
  const path = manifestOf(folder);
  const present = await stat(path).catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error);
  });
  if (present === undefined) return undefined;
  const stage = await readManifest(folder, factsSchema);
  if (here) for (const file of stage.files) await check(folder, file, verify);
  return stage;
}
