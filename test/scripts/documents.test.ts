import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const documents = ['README.md', 'ARCHITECTURE.md']
  .concat(readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)))
  .concat(readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => join('src', name)))
  .filter((name) => name.endsWith('.md'));

it.each(documents)('every link of %s leads to a file of the package', (document) => {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link);
  const files = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => join(dirname(document), link));
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

it('the README is short enough to be read', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(150);
});
