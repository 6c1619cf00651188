import { describe, expect, test } from 'vitest';
import { methods } from '../../../src/distillation/method/table.ts';
import { solvers } from '../../../src/heads/solver/table.ts';
import { complaint } from './resolving.ts';
import { smallRecipe } from './tables.ts';

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
      `x.yaml:8:13 students[0].method: expected one of ${Object.keys(methods).join(', ')}, got "trajektory"; did you mean trajectory?`,
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
      `x.yaml:5:51 trajectories.solver: expected one of ${Object.keys(solvers).join(', ')}, got "huen"; did you mean heun?`,
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
      'more factors on noise than noises',
      'method: trajectory',
      'method: trajectory\n    noiseScales: { 2: [1, 0.9] }',
      'x.yaml:9:23 students[0].noiseScales.2: expected 1 factor, as many as trajectory takes noises for 2 steps, got 2',
    ],
    [
      'fewer factors on noise than noises',
      'method: trajectory\n    options: { endpoint: 0.5 }',
      'method: consistency\n    noiseScales: { 3: [1, 0.9] }',
      'x.yaml:9:23 students[0].noiseScales.3: expected 3 factors, as many as consistency takes noises for 3 steps, got 2',
    ],
    [
      'workers that would share a context',
      'name: small',
      'name: small\nengine: { provider: webgpu, workers: 2 }',
      'x.yaml:3:38 engine.workers: expected 1 with provider webgpu, whose context is not safe among threads, got 2',
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
