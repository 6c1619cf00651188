import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveRecipe, resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { FileError, RecipeError } from '../../../src/ground/errors.ts';
import { smallRecipe, testOptions } from './tables.ts';

const resolve = (text: string, set: readonly string[] = []) =>
  resolveRecipeText(text, 'x.yaml', { ...testOptions, set, kind: 'distill' });

const complaint = (text: string, set: readonly string[] = []): string => {
  try {
    resolve(text, set);
  } catch (error) {
    if (error instanceof RecipeError) return error.message;
    throw error;
  }
  return 'no complaint';
};

describe('a resolved recipe', () => {
  test('has every default written out', () => {
    const { recipe } = resolve(smallRecipe);
    expect(recipe).toEqual({
      kind: 'distill',
      name: 'small',
      preview: false,
      seeds: [1],
      engine: { kind: 'onnx', provider: 'cpu', threads: 1, workers: 3 },
      teacher: { kind: 'gaussian', token: 4, condition: 8, std: 0.5, unconditionalStd: 1 },
      guidance: { min: 1, max: 2 },
      trajectories: { contexts: 256, draws: 4, solver: 'heun', steps: 16, keep: 8, freeRunning: 0, shardRows: 512 },
      students: [
        {
          name: 'one',
          method: 'trajectory',
          options: { endpoint: 0.5, huber: 0.03 },
          training: {
            steps: 400,
            batch: 256,
            draws: 4,
            learningRate: 0.002,
            warmup: 100,
            schedule: 'cosine',
            ema: 0.999,
            clip: 1,
            weightDecay: 0,
            beta1: 0.9,
            beta2: 0.99,
            checkpointEvery: 500,
          },
        },
      ],
      evaluation: {
        guidance: 1.5,
        steps: [1, 2, 4],
        teacher: { solver: 'euler', steps: 32 },
        solvers: [],
        samples: 64,
        latencyBatches: [1, 16, 256],
      },
    });
  });

  test('is frozen to the last field', () => {
    const { recipe } = resolve(smallRecipe);
    expect(Object.isFrozen(recipe.students[0]?.training)).toBe(true);
    expect(Object.isFrozen(recipe.evaluation.steps)).toBe(true);
  });

  test('takes one guidance scale as a range without width', () => {
    const { recipe } = resolve(smallRecipe.replace('{ min: 1, max: 2 }', '3'));
    expect(recipe.guidance).toEqual({ min: 3, max: 3 });
    expect(recipe.evaluation.guidance).toBe(3);
  });

  test('fills the options of a method from its own schema', () => {
    const { recipe } = resolve(smallRecipe.replace('    options: { endpoint: 0.5 }\n', ''));
    expect(recipe.students[0]?.options).toEqual({ endpoint: 0.25, huber: 0.03 });
  });

  test('written as YAML resolves to itself', () => {
    const { recipe, yaml, hash } = resolve(smallRecipe);
    const again = resolve(yaml);
    expect(again).toEqual({ recipe, yaml, hash });
    expect(parse(yaml)).toEqual(recipe);
  });

  test('follows anchors', () => {
    const text = `${smallRecipe}  steps: &few [1, 2]\n  latencyBatches: *few\n`;
    expect(resolve(text).recipe.evaluation.latencyBatches).toEqual([1, 2]);
  });
});

describe('a hash', () => {
  const hash = (set: string[] = []) => resolve(smallRecipe, set).hash;

  test('is twelve hex digits that do not depend on the order or spelling of fields', () => {
    const [kind, name, ...rest] = smallRecipe.split('\n');
    const shuffled = [name, ...rest, kind].join('\n').replace('2.0e-3', '0.002');
    expect(hash()).toMatch(/^[0-9a-f]{12}$/);
    expect(resolve(shuffled).hash).toBe(hash());
  });

  test('changes with every kind of field but the number of workers', () => {
    const changes = ['name=other', 'preview=true', 'engine.threads=2', 'students[0].training.steps=401', 'seeds=[2]'];
    expect(new Set([hash(), ...changes.map((change) => hash([change]))]).size).toBe(changes.length + 1);
    expect(hash(['engine.workers=7'])).toBe(hash());
  });
});

describe('an override', () => {
  test('replaces a field; the last one wins', () => {
    const { recipe } = resolve(smallRecipe, ['students[0].training.steps=10', 'name=a', 'name=b']);
    expect(recipe.students[0]?.training.steps).toBe(10);
    expect(recipe.name).toBe('b');
  });

  test('takes YAML as its value and makes the mappings on its way', () => {
    const { recipe } = resolve(smallRecipe, ['evaluation.teacher.steps=8', 'seeds=[1, 2, 3]']);
    expect(recipe.evaluation.teacher).toEqual({ solver: 'euler', steps: 8 });
    expect(recipe.seeds).toEqual([1, 2, 3]);
  });

  test('adds an item at the end of a list', () => {
    const student = '{ name: two, method: consistency, training: { steps: 1, learningRate: 1 } }';
    const { recipe } = resolve(smallRecipe, [`students[1]=${student}`]);
    expect(recipe.students.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test.each([
    ['students[0].training.steps=0', ': expected a whole number from 1 to 1000000, got 0'],
    ['students[0].training=3', ': expected a mapping with steps, learningRate, got 3'],
    ['students[0].training={}', ' students[0].training.steps: expected a whole number from 1 to 1000000, got nothing'],
    ['students[9].name=x', ' students[9]: expected an index of at most 1'],
    ['name.x=1', ' name: expected a mapping to hold x, got "small"'],
    ['kind[0]=1', ' kind: expected a list to hold [0], got "distill"'],
    ['evaluation.steps=[1', ': not valid YAML: Flow sequence must end with a ]'],
    ['nmae=x', ': unknown key; did you mean name?'],
    ['__proto__.x=1', ': expected path=value, like students[0].training.steps=10'],
    ['name', ': expected path=value, like students[0].training.steps=10'],
    [
      'constructor.name=x',
      ' constructor: unknown key; expected kind, name, preview, seeds, engine, teacher, data, guidance, trajectories, students, evaluation',
    ],
  ])('%s is refused by its own words', (set, message) => {
    expect(complaint(smallRecipe, [set]).split('\n')[0]).toBe(`--set ${set}${message}`);
  });
});

describe('a bad recipe is told where, what was expected and what came', () => {
  const cases: [title: string, from: string | RegExp, to: string, message: string][] = [
    [
      'a number out of bounds',
      'steps: 400',
      'steps: 0',
      'x.yaml:11:14 students[0].training.steps: expected a whole number from 1 to 1000000, got 0',
    ],
    [
      'a fraction of a step',
      'steps: 400',
      'steps: 1.5',
      'x.yaml:11:14 students[0].training.steps: expected a whole number from 1 to 1000000, got 1.5',
    ],
    [
      'not a number',
      '2.0e-3',
      '.nan',
      'x.yaml:13:21 students[0].training.learningRate: expected a number above 0 and at most 1, got NaN',
    ],
    [
      'a text for a number',
      '2.0e-3',
      'fast',
      'x.yaml:13:21 students[0].training.learningRate: expected a number above 0 and at most 1, got "fast"',
    ],
    [
      'a missing field',
      '      steps: 400\n',
      '',
      'x.yaml:11:7 students[0].training.steps: expected a whole number from 1 to 1000000, got nothing',
    ],
    [
      'an empty field',
      'name: small',
      'name:',
      'x.yaml:2:1 name: expected lower-case letters, digits and dashes (at most 64), got nothing',
    ],
    ['an unknown key', 'samples', 'sampels', 'x.yaml:15:3 evaluation.sampels: unknown key; did you mean samples?'],
    [
      'an unknown method',
      'method: trajectory',
      'method: trajektory',
      'x.yaml:8:13 students[0].method: expected one of trajectory, consistency, rectified-flow, rectified-flow-distilled, got "trajektory"; did you mean trajectory?',
    ],
    [
      'an unknown option',
      'endpoint',
      'endpiont',
      'x.yaml:9:16 students[0].options.endpiont: unknown key; did you mean endpoint?',
    ],
    [
      'an option out of bounds',
      'endpoint: 0.5',
      'endpoint: 2',
      'x.yaml:9:26 students[0].options.endpoint: expected a number from 0 to 1, got 2',
    ],
    [
      'a solver that there is not',
      'steps: 16',
      'steps: 16, solver: huen',
      'x.yaml:5:51 trajectories.solver: expected one of euler, heun, midpoint, rk4, ab2, dpmpp-2m, unipc, got "huen"; did you mean heun?',
    ],
    [
      'a teacher of no kind',
      'kind: gaussian',
      'kind: gauss',
      'x.yaml:3:18 teacher.kind: expected one of gaussian, mixture, digits, imported, got "gauss"',
    ],
    [
      'a key of another teacher',
      'std: 0.5',
      'std: 0.5, path: a',
      'x.yaml:3:62 teacher.path: unknown key; expected kind, token, condition, std, unconditionalStd',
    ],
    [
      'a guidance that is neither',
      '{ min: 1, max: 2 }',
      'strong',
      'x.yaml:4:11 guidance: expected a number from 0 to 100 or a mapping with min, max, got "strong"',
    ],
    [
      'half a range',
      '{ min: 1, max: 2 }',
      '{ min: 1 }',
      'x.yaml:4:11 guidance.max: expected a number from 0 to 100, got nothing',
    ],
    [
      'a range upside down',
      '{ min: 1, max: 2 }',
      '{ min: 2, max: 1 }',
      'x.yaml:4:26 guidance.max: expected at least min (2), got 1',
    ],
    [
      'guidance outside the range',
      'samples: 64',
      'guidance: 3',
      "x.yaml:15:13 evaluation.guidance: expected a number within the recipe's guidance (1 to 2), got 3",
    ],
    [
      'kept steps that do not divide',
      'keep: 8',
      'keep: 7',
      'x.yaml:5:49 trajectories.keep: expected a divisor of the 16 steps, got 7',
    ],
    [
      'a batch that does not divide',
      'batch: 256',
      'batch: 255',
      'x.yaml:12:14 students[0].training.batch: expected a multiple of the 4 draws a context, got 255',
    ],
    [
      'more draws than there are',
      'batch: 256',
      'draws: 8',
      'x.yaml:12:14 students[0].training.draws: expected at most the 4 draws of the trajectories, got 8',
    ],
    [
      'a batch over the cache',
      'batch: 256',
      'batch: 4096',
      'x.yaml:12:14 students[0].training.batch: expected at most 1024 (all contexts, 4 draws each), got 4096',
    ],
    [
      'free running without a generator',
      'keep: 8',
      'keep: 8, freeRunning: 0.5',
      'x.yaml:5:65 trajectories.freeRunning: expected 0 with a gaussian teacher (it generates nothing), got 0.5',
    ],
    [
      'image features without images',
      'samples: 64',
      'features: a',
      'x.yaml:15:13 evaluation.features: expected none with a gaussian teacher (it makes no images), got "a"',
    ],
    [
      'a provider of the other engine',
      'name: small',
      'name: small\nengine: { kind: tfjs, provider: cuda }',
      'x.yaml:3:33 engine.provider: expected one of cpu, tensorflow, got "cuda"',
    ],
    [
      'a seed twice',
      'name: small',
      'name: small\nseeds: [1, 2, 1]',
      'x.yaml:3:15 seeds[2]: expected each once, got 1 again',
    ],
    [
      'no seed',
      'name: small',
      'name: small\nseeds: []',
      'x.yaml:3:8 seeds: expected a list of 1 to 64, got an empty list',
    ],
    ['a duplicate key', 'name: small', 'name: small\nname: other', 'x.yaml:3:1: duplicate key name; first at 2:1'],
    [
      'a key that is no text',
      'name: small',
      'name: small\n? [1]\n: 2',
      'x.yaml:3:3: not valid YAML: expected text as a key',
    ],
    ['an alias to nothing', 'small', '*none', 'x.yaml:2:7: expected an anchor before *none, found none'],
    ['an alias to what holds it', 'small', '&a [*a]', 'x.yaml:1:1: expected at most 32 levels and 100000 values'],
    [
      'a second document',
      'evaluation:',
      '---\nevaluation:',
      'x.yaml:14:1: not valid YAML: expected one document, got another after ---',
    ],
    ['broken YAML', 'name: small', 'name: "small', 'x.yaml:16:1: not valid YAML: Missing closing "quote'],
    ['a list', /[\s\S]+/, '- 1', 'x.yaml:1:1: expected a mapping with kind, name, got a list'],
    ['nothing', /[\s\S]+/, '', 'x.yaml:1:1: expected a mapping with kind, name, got nothing'],
    ['no kind', 'kind: distill\n', '', 'x.yaml:1:1 kind: expected one of distill, teacher, features, got nothing'],
    [
      'a recipe of another kind',
      /[\s\S]+/,
      'kind: features\nname: a\ndata: { kind: mnist }\ntraining: { steps: 1, learningRate: 1 }\noutput: a',
      'x.yaml:1:7 kind: expected distill, got "features" (which is for fewstep features train)',
    ],
  ];
  test.each(cases)('%s', (_, from, to, message) => {
    const text = smallRecipe.replace(from, to);
    expect(text).not.toBe(smallRecipe);
    expect(complaint(text).split('\n')[0]).toBe(message);
  });

  test('twice the same student', () => {
    const student = /( {2}- name: one[\s\S]+?e-3\n)/.exec(smallRecipe)?.[1] ?? '';
    expect(complaint(smallRecipe.replace(student, student + student))).toBe(
      'x.yaml:14:11 students[1].name: expected each once, got one again',
    );
  });

  test.each([
    ['init: one, ', undefined],
    ['init: three, ', 'x.yaml:14:24 students[1].init: expected an earlier student (one), got three'],
    ['init: onr, ', 'x.yaml:14:24 students[1].init: expected an earlier student (one), got onr; did you mean one?'],
    [
      'init: one, head: { width: 8, depth: 1 }, ',
      'x.yaml:14:35 students[1].head: expected the head of one, whose weights this student starts from',
    ],
    ['steps: [1, 1], ', 'x.yaml:14:29 students[1].steps[1]: expected each once, got 1 again'],
  ])('a student with %s', (fields, message = 'no complaint') => {
    const second = `  - { name: two, ${fields}method: consistency, training: { steps: 1, learningRate: 1 } }\n`;
    expect(complaint(smallRecipe.replace('evaluation:', `${second}evaluation:`))).toBe(message);
  });

  test('a mistyped key before the key that is missing for it', () => {
    const method = complaint(smallRecipe.replace('method:', 'metod:')).split('\n');
    expect(method[0]).toMatch(/^x\.yaml:\d+:\d+ students\[0\]\.metod: unknown key; did you mean method\?$/);
    expect(method[1]).toMatch(/students\[0\]\.method: expected one of .*, got nothing$/);
    const kind = complaint(smallRecipe.replace('kind: distill', 'knd: distill')).split('\n');
    expect(kind[0]).toBe('x.yaml:1:1 knd: unknown key; did you mean kind?');
    const name = complaint(smallRecipe.replace('name: small', 'nmae: small')).split('\n');
    expect(name[0]).toBe('x.yaml:2:1 nmae: unknown key; did you mean name?');
  });

  test('all problems at once, ten at most', () => {
    const wrong = Array.from({ length: 13 }, (_, index) => `wrong${index}: 1\n`).join('');
    const lines = complaint(smallRecipe + wrong).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toContain('x.yaml:16:1 wrong0: unknown key');
    expect(lines[10]).toBe('… and 3 more');
  });
});

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
