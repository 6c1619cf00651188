import { describe, expect, it } from 'vitest';
import { cacheOf } from '../../../src/distillation/trajectory/cache.ts';
import { makeShard } from '../../../src/distillation/trajectory/job.ts';
import { type Shard, shardBytes, writeShard } from '../../../src/distillation/trajectory/shard.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine, type Engine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import { leftOpen, nothing } from '../../held.ts';
import { hiddenAt, shiftAt, straightTeacher, unpromptedAt } from '../../straight-teacher.ts';

const engine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };
const [rows, draws, keep, token] = [5, 3, 2, 2];
const request = { seed: 7, index: 2, rows, draws, keep, guidance: { min: 1.5, max: 4 }, freeRunning: 0.25 };
const key = ['trajectories', 7, 2];

async function shardOf(teacher = straightTeacher()): Promise<Shard> {
  const solver = await teacherSolver(teacher, draws, { solver: 'heun', steps: 4, keep, chunk: 2 }, engine);
  return makeShard(request, teacher, solver, engine).finally(() => solver.dispose());
}

describe('a shard', () => {
  it('has, of each context and draw, the states of its own path at the kept times', async () => {
    const shard = await shardOf();
    const random = stream(...key, 'paths');
    const w = random.uniform(rows).map((u) => 1.5 + 2.5 * u);
    const noise = random.normal(rows * draws * token);
    expect([...shard.w.data]).toEqual([...w]);
    expect([...shard.times.data]).toEqual([0, 0.5, 1]);
    expect(shard.states.shape).toEqual([rows, keep + 1, draws, token]);
    for (const [i, state] of shard.states.data.entries()) {
      const [k, draw] = [i % token, Math.floor(i / token) % draws];
      const [kept, row] = [Math.floor(i / (token * draws)) % (keep + 1), Math.floor(i / (token * draws * (keep + 1)))];
      const start = noise[(row * draws + draw) * token + k] ?? Number.NaN;
      expect(state).toBeCloseTo(start + (kept / keep) * shiftAt('train', row, k, w[row] ?? Number.NaN), 3);
    }
  });

  it('takes as many bytes as are told before it is made', async () => {
    const held = Object.values(await shardOf()).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(shardBytes(rows, { draws, keep, token, condition: token })).toBe(held);
  });

  it('asks for contexts of the training data, under its own key', async () => {
    const teacher = straightTeacher();
    await shardOf(teacher);
    expect(teacher.asked).toEqual([{ rows, key, freeRunning: 0.25, guidance: { min: 1.5, max: 4 }, split: 'train' }]);
  });
});

describe('a shard with numbers that are not finite', () => {
  it.each([
    ['states', "the teacher's flow left float32 under a hidden state of up to 17.0: are the captured states scaled"],
    ['conditional', 'the hidden states that it was given are not finite'],
  ] as const)('is not written: %s', async (name, cause) => {
    const shard = await shardOf();
    const { shape, data } = shard[name];
    const broken = { ...shard, [name]: { shape, data: data.slice() } };
    const place = Math.floor((1.5 * data.length) / rows); // in the middle of context 1
    broken[name].data[place] = Number.NaN;
    if (name === 'states') broken.conditional = { ...broken.conditional, data: broken.conditional.data.slice() };
    if (name === 'states') broken.conditional.data[token] = -17; // the first of context 1
    const writing = writeShard('nowhere/shard.safetensors', broken, {});
    await expect(writing).rejects.toThrow(
      `nowhere/shard.safetensors: tensor ${name}: expected finite numbers, got NaN in context 1; ${cause}`,
    );
  });
});

describe('a batch of a cache', () => {
  it('keeps each row’s hidden states, guidance and paths together, over shards, draws cyclic', async () => {
    const first = await shardOf();
    const second: Shard = { ...first, states: { ...first.states, data: first.states.data.map((x) => x + 1000) } };
    const cache = cacheOf({ contexts: 2 * rows, draws }, [first, second]);
    const wanted = [8, 1, 4];
    const batch = await cache.batch(wanted, 2, 2); // draws 2 and 0
    expect([batch.contexts, batch.draws, batch.token, [...batch.grid]]).toEqual([3, 2, token, [0, 0.5, 1]]);
    for (const [b, place] of wanted.entries()) {
      const row = place % rows;
      const states = (g: number, draw: number) => {
        const start = ((row * (keep + 1) + g) * draws + draw) * token;
        return [...(place < rows ? first : second).states.data.subarray(start, start + token)];
      };
      for (const g of [0, 1, 2]) expect([...batch.state(b, g)]).toEqual([...states(g, 2), ...states(g, 0)]);
      const of = (name: 'conditional' | 'unconditional') => [...batch[name].data.subarray(b * token, (b + 1) * token)];
      expect(of('conditional')).toEqual([hiddenAt('train', row, 0), hiddenAt('train', row, 1)]);
      expect(of('unconditional')).toEqual([unpromptedAt('train', row, 0), unpromptedAt('train', row, 1)]);
      expect(batch.w.data[b]).toBe(first.w.data[row]);
    }
  });
});

it.each(['onnx', 'tfjs'] as const)('paths solved in this process leave nothing open: %s', async (kind) => {
  const teacher = gaussianTeacher({ token, condition: token, std: 0.5, unconditionalStd: 1 });
  const options = { solver: 'euler', steps: 2, keep, contexts: rows, draws, guidance: { min: 1, max: 1 } } as const;
  expect(await leftOpen(() => solveTrajectories(teacher, options, { ...cpuEngine(), kind }))).toEqual(nothing);
});
