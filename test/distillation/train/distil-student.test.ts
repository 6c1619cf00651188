import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { studentConfig, trainingForwards } from '../../../src/distillation/train/student-job.ts';
import { studentJobs } from '../../../src/distillation/train/students.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { shardJobs } from '../../../src/distillation/trajectory/generate.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { storedGraph } from '../../../src/engine/onnx-graph/stored-graph.ts';
import { studentFolder } from '../../../src/ground/file/run-folder.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { GraphHead } from '../../../src/heads/network/graph-config.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { hiddenAt, straightTeacher } from '../../straight-teacher.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const config = { token: 2, condition: 2, width: 8, depth: 1, timeScale: 32 };
const [contexts, draws] = [6, 2];

let cache: TrajectoryCache;
beforeAll(async () => {
  const options = {
    solver: 'euler',
    steps: 4,
    keep: 4,
    contexts,
    draws,
    guidance: { min: 1, max: 3 },
    seed: 3,
  } as const;
  cache = await solveTrajectories(straightTeacher(), options, engine);
});

/** What a step of training is given: row by row. */
async function rowsOf(step: number, method = 'trajectory', seed = 1) {
  const student = { name: 'one', method, options: {}, training: { batch: 4, draws, steps: 9 } };
  const batch = await distillationTask(student, seed, config, {}, cache).batch(step);
  const row = (name: string, b: number): number[] => {
    const { shape, data } = batch[name] ?? { shape: [0], data: new Float32Array() };
    const width = data.length / (shape[0] ?? 1);
    return Array.from(data.subarray(b * width, (b + 1) * width) as Float32Array);
  };
  return [0, 1].map((b) => (name: string) => row(name, b));
}

/** The row of the cache that a hidden state is of. */
const placeOf = ([first = Number.NaN]: readonly number[]): number => (first - hiddenAt('train', 0, 0)) / 10;

describe('a batch of a student', () => {
  it('pairs each path with its own hidden states and guidance', async () => {
    for (const method of ['trajectory', 'consistency', 'rectified-flow-distilled'])
      for (const of of await rowsOf(0, method)) {
        const [h = 0] = of('conditional');
        const [w = 0] = of('w');
        const duration = (of('t')[0] ?? 0) - (of('s')[0] ?? 0);
        const slope = -h / 4 + w * (h + h / 4);
        // both draws of the context go straight along its guided hidden state
        for (const k of [0, 2]) expect((of('x_t')[k] ?? 0) - (of('x_s')[k] ?? 0)).toBeCloseTo(duration * slope, 2);
      }
  });

  it('pairs noise with where its own path ends, for rectified flow', async () => {
    for (const of of await rowsOf(0, 'rectified-flow')) {
      const [h = 0] = of('conditional');
      const [w = 0] = of('w');
      for (const k of [0, 2])
        expect((of('data')[k] ?? 0) - (of('noise')[k] ?? 0)).toBeCloseTo(-h / 4 + w * (h + h / 4), 2);
    }
  });

  it('of a head that came as a graph tells by their places which weights Muon moves, of a network beside it, too', async () => {
    const path = fileURLToPath(new URL('../../engine/onnx-graph/fixtures/residual-dynamo.onnx', import.meta.url));
    const graph = { graph: storedGraph(await readOnnxGraph(path)) } as GraphHead;
    const student = { name: 'one', method: 'dmd2', options: {}, training: { batch: 4, draws, steps: 9 } };
    const teacher = { ...straightTeacher(), head: config };
    const { hidden } = distillationTask(student, 1, { ...config, graph }, {}, cache, teacher);
    expect(hidden?.('res_blocks.0.mlp.0.weight')).toBe(true);
    expect(hidden?.('beside/res_blocks.0.mlp.0.weight')).toBe(true);
    expect(hidden?.('input_proj.weight')).toBe(false);
    expect(distillationTask(student, 1, config, {}, cache, teacher).hidden).toBeUndefined();
  });

  it('has other places of the paths at each step', async () => {
    const steps = await Promise.all([0, 1, 2, 3].map((step) => rowsOf(step)));
    const places = steps.map((rows) => rows.flatMap((of) => [...of('s'), ...of('t')]).join());
    expect(new Set(places).size).toBe(4);
  });

  it('has every context once an epoch, in an order of its seed that is new each epoch', async () => {
    const epoch = async (first: number, seed = 1) => {
      const steps = await Promise.all([0, 1, 2].map((step) => rowsOf(first + step, 'trajectory', seed)));
      return steps.flat().map((of) => placeOf(of('conditional')));
    };
    const orders = [await epoch(0), await epoch(3), await epoch(0, 2)];
    for (const order of orders) expect(order.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(orders[0]).toEqual([...stream('epoch', 'one', 1, 0).permutation(contexts)]);
    expect(orders[1]).toEqual([...stream('epoch', 'one', 1, 1).permutation(contexts)]);
    expect(orders[2]).toEqual([...stream('epoch', 'one', 2, 0).permutation(contexts)]);
  });
});

it('training costs the steps times the batch times the forwards of its method, backward included, and its looks', () => {
  const costs = [['method=trajectory'], ['method=consistency', 'options={finest: 0.5}']].map((fields) => {
    const [student] = smallRecipe(...fields.map((field) => `students[0].${field}`)).students;
    return student && trainingForwards(student, {}, {}).all;
  });
  expect(costs).toEqual([60 * 16 * 3 + 7 * 16, 60 * 16 * 4 + 7 * 16]);
});

it('the shards of a cache are full but for the last, which has what is left', () => {
  const rowsOf = (contexts: number) =>
    shardJobs(smallRecipe(`trajectories.contexts=${contexts}`), 'folder').map(({ index, rows }) => [index, rows]);
  const at = [
    [0, 8],
    [1, 8],
  ];
  expect(rowsOf(16)).toEqual(at);
  expect(rowsOf(20)).toEqual([...at, [2, 4]]);
});

describe('the jobs of students', () => {
  const from = (name: string, method: string, init?: string): string =>
    `{ name: ${name}, method: ${method}, head: { width: 8, depth: 1 }, ${init === undefined ? '' : `init: ${init}, `}training: { steps: 10, batch: 16, learningRate: 1.0e-3 } }`;
  const recipe = smallRecipe(
    `students=[${from('first', 'rectified-flow')}, ${from('second', 'rectified-flow-distilled', 'first')}]`,
    'seeds=[1, 5]',
  );

  it('are one a student and seed, and one that starts from another finds it by name and seed', () => {
    const folders = { cache: 'trajectories', run: 'run' };
    expect(studentJobs(recipe, folders).map(({ folder, seed, cache: of, init }) => [folder, seed, of, init])).toEqual(
      [1, 5].flatMap((seed) => [
        [studentFolder('run', 'first', seed), seed, 'trajectories', undefined],
        [
          studentFolder('run', 'second', seed),
          seed,
          'trajectories',
          join(studentFolder('run', 'first', seed), 'student.safetensors'),
        ],
      ]),
    );
  });
});

it('a method that there is not is refused by its name', () => {
  const student = { name: 'one', method: 'magic', options: {}, training: { batch: 4, draws, steps: 9 } };
  expect(() => distillationTask(student, 1, config, {}, cache)).toThrow('no method is named magic');
});

describe('the sizes of a student', () => {
  it('are its teacher’s unless the recipe gives others', () => {
    const teacher = { ...straightTeacher(), head: { ...config, output: 4, depth: 5 } };
    const [given] = smallRecipe().students;
    if (given === undefined) throw new Error('the small recipe has no student');
    const { head: _, ...free } = given;
    expect(studentConfig(free, teacher)).toEqual({ ...config, depth: 5 });
    expect(studentConfig(given, teacher)).toEqual({ ...config, width: 16, depth: 1 });
    const fresh = { token: 2, condition: 2, width: 256, depth: 3, timeScale: 32 };
    expect(studentConfig(free, straightTeacher())).toEqual(fresh);
    expect(studentConfig({ ...free, signature: 'original' }, straightTeacher())).toEqual({
      ...fresh,
      signature: 'original',
    });
    const guided = { ...straightTeacher(), head: { ...config, guidance: 'condition' } } as const;
    expect(studentConfig(given, guided)).toEqual({ ...config, width: 16, depth: 1, guidance: 'condition' });
  });
});
