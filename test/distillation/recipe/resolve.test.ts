import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { teacherSource } from '../../../src/teachers/load.ts';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe } from './tables.ts';

describe('a resolved recipe', () => {
  test('has one worker where threads would share a context', () => {
    const { recipe } = resolve(smallRecipe.replace('name: small', 'name: small\nengine: { provider: webgpu }'));
    expect(recipe.engine).toEqual({ kind: 'onnx', provider: 'webgpu', threads: 1, workers: 1 });
  });

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
          options: { endpoint: 0.5, even: 0.75, counts: [2, 4], huber: 0.03 },
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
        teacher: { solver: 'heun', steps: 16 },
        solvers: [],
        samples: 64,
        latencyBatches: [1, 16, 256],
      },
    });
  });

  test('has the trajectories’ own sampler as its reference unless it names another', () => {
    const of = (...set: string[]) => resolve(smallRecipe, ['trajectories.steps=8', ...set]).recipe.evaluation.teacher;
    expect(of('trajectories.solver=rk4')).toEqual({ solver: 'rk4', steps: 8 });
    expect(of('evaluation.teacher.solver=euler')).toEqual({ solver: 'euler', steps: 8 });
  });

  test('trains as the recipe says, else as the method, else as all', () => {
    const rateOf = (method: string, training: string) =>
      resolve(smallRecipe, [
        `students[0].method=${method}`,
        'students[0].options={}',
        `students[0].training=${training}`,
      ]).recipe.students[0]?.training;
    expect(rateOf('on-policy', '{ steps: 9, batch: 16 }')).toMatchObject({ learningRate: 5e-4, warmup: 100 });
    expect(rateOf('on-policy', '{ steps: 9, batch: 16, learningRate: 0.1 }')?.learningRate).toBe(0.1);
    expect(rateOf('trajectory', '{ steps: 9, batch: 16 }')?.learningRate).toBe(1e-3);
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

  test('keeps the interval of a guidance that has one', () => {
    const interval = '{ min: 1, max: 2, interval: { from: 0.2, to: 0.8 } }';
    const { recipe } = resolve(smallRecipe.replace('{ min: 1, max: 2 }', interval));
    expect(recipe.guidance).toEqual({ min: 1, max: 2, interval: { from: 0.2, to: 0.8 } });
    expect(teacherSource(recipe)).toMatchObject({ kind: 'gaussian', interval: { from: 0.2, to: 0.8 } });
  });

  test('fills the options of a method from its own schema', () => {
    const { recipe } = resolve(smallRecipe.replace('    options: { endpoint: 0.5 }\n', ''));
    expect(recipe.students[0]?.options).toEqual({ endpoint: 0.25, even: 0.75, counts: [2, 4], huber: 0.03 });
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
    expect(recipe.evaluation.teacher).toEqual({ solver: 'heun', steps: 8 });
    expect(recipe.seeds).toEqual([1, 2, 3]);
  });

  test('adds an item at the end of a list', () => {
    const student = '{ name: two, method: consistency, training: { steps: 1, learningRate: 1 } }';
    const { recipe } = resolve(smallRecipe, [`students[1]=${student}`]);
    expect(recipe.students.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test.each([
    ['students[0].training.steps=0', ': expected a whole number from 1 to 1000000, got 0'],
    ['students[0].training=3', ': expected a mapping with steps, got 3'],
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
      ' constructor: unknown key; expected kind, name, preview, plugins, seeds, engine, teacher, data, guidance, trajectories, students, evaluation',
    ],
  ])('%s is refused by its own words', (set, message) => {
    expect(complaint(smallRecipe, [set]).split('\n')[0]).toBe(`--set ${set}${message}`);
  });
});
