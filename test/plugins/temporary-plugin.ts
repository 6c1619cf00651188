import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Files by name in a folder that is deleted after the test; gives the path of one of them. */
export async function temporaryFiles(files: Readonly<Record<string, string>>): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-plugin-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return (name) => join(folder, name);
}

/** A plug-in of one file, which imports nothing. */
export async function temporaryPlugin(text: string, name = 'plugin.mjs'): Promise<string> {
  return (await temporaryFiles({ [name]: text }))(name);
}
