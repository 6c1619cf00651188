import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { readBounded } from '../../../ground/file/bounded.ts';
import { readJson } from '../../../ground/file/json.ts';

/** onnxruntime-web as a bundle has it: its version and its files by name. */
export interface WebRuntime {
  readonly version: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** What a page needs of it: the module, and the WebAssembly that it loads from beside itself. */
export const runtimeFiles = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'] as const;

/** Its files are at most this long, in bytes; the largest has a quarter of it. */
const LONGEST = 1 << 26;
const packageSchema = z.looseObject({ version: z.string().max(100) });

/** Where an installed onnxruntime-web is looked for: as this package would find it, then as a module of the working folder. */
const origins = (): string[] => [import.meta.url, join(process.cwd(), 'package.json')];

/** The installed onnxruntime-web; undefined where there is none. Throws FileError where its files cannot be read. */
export async function installedRuntime(from: readonly string[] = origins()): Promise<WebRuntime | undefined> {
  const places = from.flatMap((origin) => createRequire(origin).resolve.paths('onnxruntime-web') ?? []);
  const folder = places.map((place) => join(place, 'onnxruntime-web')).find((place) => existsSync(place));
  if (folder === undefined) return undefined;
  const { version } = await readJson(join(folder, 'package.json'), packageSchema);
  const read = async (name: string) => [name, await readBounded(join(folder, 'dist', name), LONGEST)] as const;
  return { version, files: Object.fromEntries(await Promise.all(runtimeFiles.map(read))) };
}
