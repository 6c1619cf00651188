import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveRecipe } from '../../../src/distillation/recipe/resolve.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe, testOptions } from './tables.ts';

describe('hostile text', () => {
  test('that grows by aliases is refused', () => {
    const levels = Array.from({ length: 20 }, (_, level) => `a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`);
    const bomb = ['a: &a-1 [1]', ...levels].join('\n').replaceAll('*a-1', '*a-1');
    expect(complaint(bomb)).toBe('x.yaml:13:17: expected at most 100 aliases');
    expect(complaint(bomb.split('\n', 11).join('\n'))).toBe(
      'x.yaml:1:1: not valid YAML: Excessive alias count indicates a resource exhaustion attack',
    );
  });

  test.each([
    ['[', 'x.yaml:1:33: nested too deeply: expected at most 32 levels'],
    ['{a: ', 'x.yaml:1:129: nested too deeply: expected at most 32 levels'],
    ['- ', 'x.yaml:1:65: nested too deeply: expected at most 32 levels'],
    ['? ', 'x.yaml:1:65: nested too deeply: expected at most 32 levels'],
    ['- 1\n', 'x.yaml:6554:3: expected at most 32768 words and marks'],
    [']', 'x.yaml:1:32768: expected at most 32768 words and marks'],
  ])('of 200 kB of %j is refused at once, before it is parsed', (piece, message) => {
    const start = performance.now();
    expect(complaint(piece.repeat(200_000 / piece.length))).toBe(message);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('nested by its indentation is refused where it is too deep', () => {
    const lines = (levels: number) => Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
    expect(complaint(lines(40))).toBe('x.yaml:33:34: nested too deeply: expected at most 32 levels');
    expect(complaint(lines(30))).toContain('unknown key');
  });

  test('in keys and values is written out', () => {
    const [seen, unseen] = ['\\u001b[31m\\u0007\\u202ered', '\\e[31m\\a\u202ered'];
    expect(complaint(`${smallRecipe}"${unseen}": 1\n`)).toContain(`x.yaml:16:1 "${seen}": unknown key`);
    expect(complaint(`"${unseen}": 1\n"${unseen}": 2\n`)).toBe(`x.yaml:2:1: duplicate key "${seen}"; first at 1:1`);
    expect(complaint(smallRecipe.replace('small', `"${unseen}"`))).toContain(`got "${seen}"`);
    expect(complaint(smallRecipe, ['\u001b\u202e\n=1'])).toContain(
      '--set \\u001b\\u202e\\u000a=1: expected path=value',
    );
    expect(complaint(`${smallRecipe}"a\\nb": 1\n`).split('\n')).toHaveLength(1);
    expect(complaint(`${smallRecipe}${'k'.repeat(500)}: 1\n`).length).toBeLessThan(400);
  });

  test.each([
    ['path', `${'a.'.repeat(40)}b=1`, 'expected a path of at most 1024 characters and 32 levels'],
    ['path of a megabyte', `a${'.b'.repeat(500_000)}=1`, 'expected at most 65536 characters, got 1000003'],
    ['value', `name=${'['.repeat(60_000)}`, 'nested too deeply: expected at most 32 levels'],
    ['name of a prototype', '__proto__.x=1', 'expected path=value'],
  ])('of an override with too long a %s is refused', (_, override, message) => {
    expect(complaint(smallRecipe, [override])).toContain(`: ${message}`);
  });

  test.each(['.nan', '.inf', '-.inf', '1e400'])('with %s for a number is refused', (number) => {
    expect(complaint(smallRecipe.replace(/^guidance:.*$/m, `guidance: ${number}`))).toMatch(
      /^x\.yaml:4:11 guidance: expected .*, got -?(NaN|Infinity)$/,
    );
  });

  test('with a prototype for a key is refused by the key', () => {
    expect(complaint(`${smallRecipe}__proto__: { name: x }\n`)).toContain('x.yaml:16:1 __proto__: unknown key');
  });

  test.each(['[', '{a: ', '- ', '"', '&a '])('of 20,000 times %j is refused', (piece) => {
    expect(complaint(piece.repeat(20_000))).toMatch(/^x\.yaml:\d+:\d+/);
  });

  test('of any words gives a recipe or a RecipeError', () => {
    const word = fc.constantFrom(
      ...smallRecipe.split(/(?<=[\s{},:[\]])/),
      '&a ',
      '*a',
      '!!set ',
      '<<: ',
      '- ',
      '? ',
      '|\n',
      '\t',
      '.inf',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const message = complaint(text);
          expect(message).toMatch(/^x\.yaml:\d+:\d+/);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('of one changed field gives a recipe or a RecipeError that names it', () => {
    const { recipe } = resolve(smallRecipe);
    const paths = ['name', 'engine.threads', 'students[0].options.endpoint', 'evaluation.steps', 'guidance', 'teacher'];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.json(), (path, value) => {
        const message = complaint(smallRecipe, [`${path}=${value}`]);
        expect(message === 'no complaint' || message.includes(path)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect(recipe.name).toBe('small');
  });
});

describe('a recipe file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fewstep-recipe-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const file = async (content: string | Uint8Array) => {
    const path = join(folder, 'a.yaml');
    await writeFile(path, content);
    return path;
  };

  test('is read and resolved', async () => {
    const path = await file(smallRecipe);
    expect((await resolveRecipe(path, testOptions)).hash).toBe(resolve(smallRecipe).hash);
  });

  test('that begins with a byte order mark is read', async () => {
    const path = await file(`\uFEFF${smallRecipe.replaceAll('\n', '\r\n')}`);
    expect((await resolveRecipe(path, testOptions)).hash).toBe(resolve(smallRecipe).hash);
  });

  test('that is missing or a folder is a FileError', async () => {
    await expect(resolveRecipe(join(folder, 'none.yaml'), testOptions)).rejects.toThrow(FileError);
    await expect(resolveRecipe(folder, testOptions)).rejects.toThrow('it is a folder (EISDIR)');
  });

  test('of more than 256 KiB, or of bytes that are no text, is a RecipeError', async () => {
    const large = await file('#'.repeat((1 << 18) + 1));
    await expect(resolveRecipe(large, testOptions)).rejects.toThrow(/expected a recipe of at most 256 KiB/);
    const bytes = await file(Uint8Array.of(0xff, 0xfe, 0x00));
    await expect(resolveRecipe(bytes, testOptions)).rejects.toThrow(/expected text in UTF-8/);
  });
});
