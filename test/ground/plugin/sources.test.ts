import { symlink, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pluginSources } from '../../../src/ground/plugin/sources.ts';
import { temporaryFiles } from '../../plugins/temporary-plugin.ts';

const files = {
  'plugin.mjs': `import { a } from './a.mjs'; export default a; // "./absent.mjs" names nothing`,
  'a.mjs': `export * from "./b.mjs"; export const a = new URL('./numbers.json?x#y', import.meta.url);`,
  'b.mjs': `export const b = await import(\`./c.mjs\`);`,
  'c.mjs': `import './plugin.mjs';`,
  'numbers.json': '"./other.json"',
  'other.json': '1',
};

describe('the files of a plug-in', () => {
  it('are those that relative paths in quotes name, in its code and in theirs', async () => {
    const at = await temporaryFiles(files);
    const { files: found } = await pluginSources(at('plugin.mjs'));
    expect(found.map((file) => basename(file))).toEqual(['plugin.mjs', 'a.mjs', 'b.mjs', 'numbers.json', 'c.mjs']);
  });

  it.each(['plugin.mjs', 'a.mjs', 'b.mjs', 'c.mjs', 'numbers.json'])('decide its hash: %s', async (changed) => {
    const at = await temporaryFiles(files);
    const { sha256: before } = await pluginSources(at('plugin.mjs'));
    await writeFile(at(changed), `${files[changed as keyof typeof files]} `);
    expect((await pluginSources(at('plugin.mjs'))).sha256).not.toBe(before);
  });

  it('have the same hash in any folder and through a link, and without what is not named', async () => {
    const [at, other] = [await temporaryFiles(files), await temporaryFiles({ ...files, 'other.json': '2' })];
    await symlink(at('plugin.mjs'), at('link.mjs'));
    const { sha256 } = await pluginSources(at('plugin.mjs'));
    expect((await pluginSources(other('plugin.mjs'))).sha256).toBe(sha256);
    expect((await pluginSources(at('link.mjs'))).sha256).toBe(sha256);
  });

  it('must be there and few', async () => {
    const at = await temporaryFiles({ 'x.mjs': '' });
    await expect(pluginSources(at('y.mjs'))).rejects.toThrow('y.mjs: cannot be read: no such file or folder');
    const many = Array.from({ length: 1001 }, (_, i) => [`${i}.txt`, '']);
    const text = many.map(([name]) => `'./${name}'`).join();
    const full = await temporaryFiles({ ...Object.fromEntries(many), 'x.mjs': text });
    await expect(pluginSources(full('x.mjs'))).rejects.toThrow('expected a plug-in of at most 1000 files');
  });
});
