import { readFile } from 'node:fs/promises';
import { fileFailure } from '../../../ground/file/failure.ts';

const root = new URL('../../../../', import.meta.url);

/** The files of a bundle that are the same in all: the module, the page, the licence; by their places in the package. */
const places = {
  'generate.js': 'dist/web/generate.js',
  'generate.d.ts': 'dist/web/generate.d.ts',
  'index.html': 'docs/web/index.html',
  'page.css': 'docs/web/page.css',
  'page.js': 'docs/web/page.js',
  LICENSE: 'LICENSE',
} as const;

/** The licence of onnxruntime-web, whose package has none. */
const runtimeLicence = 'docs/web/onnxruntime-license.txt';

/** The files that are the same in all bundles, with the runtime's licence where its files are there. Throws FileError. */
export async function pageFiles(withRuntime: boolean): Promise<Record<string, Uint8Array>> {
  const all = { ...places, ...(withRuntime && { 'ort/LICENSE': runtimeLicence }) };
  const read = async ([name, place]: [string, string]) => [name, await contentOf(new URL(place, root))] as const;
  return Object.fromEntries(await Promise.all(Object.entries(all).map(read)));
}

const contentOf = (place: URL): Promise<Uint8Array> =>
  readFile(place).catch((error) => {
    throw fileFailure(place.pathname, 'read', error);
  });
