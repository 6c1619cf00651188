import { expect, it } from 'vitest';
import { javascriptOf, typescriptFor } from '../../../src/ground/plugin/typescript.ts';

it('TypeScript becomes JavaScript', async () => {
  const text = await javascriptOf('interface A { a: number }\nexport const x: A = { a: 1 };', '/nowhere/plugin.ts');
  expect(text).not.toContain('interface');
  const module = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  expect(module.x).toEqual({ a: 1 });
});

it('without a compiler the ways to have one are told', () => {
  expect(() => typescriptFor('my.ts', ['/nowhere/plugin.ts'])).toThrow(
    /^my\.ts: Node \S+ does not read TypeScript: expected `npm install typescript` beside it, .* or the plug-in compiled to \.mjs$/,
  );
});
