/** What a method may ask and train beside the student: averaged weights, weights and networks that are left behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineMethod, type MethodEntry } from '../../../src/distillation/method/method.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask, withoutOthers } from '../../../src/distillation/train/distil-student.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { straightTeacher } from '../../straight-teacher.ts';

const config = { token: 2, condition: 2, width: 8, depth: 1, timeScale: 32 };
const [contexts, draws] = [4, 2];
let folder: string;
let cache: TrajectoryCache;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-beside-'));
  const solved = { solver: 'euler', steps: 2, keep: 2, contexts, draws, guidance: { min: 1, max: 3 } } as const;
  cache = await solveTrajectories(straightTeacher(), solved, { kind: 'tfjs', provider: 'cpu', threads: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

/** Learns a number `level` beside the student, and may ask for the averaged student. */
const method = (needs: MethodEntry['needs']): MethodEntry =>
  defineMethod({
    title: 'A test',
    source: 'a test',
    options: z.strictObject({}),
    sampler: 'velocity',
    forwards: { student: 3 },
    ...(needs && { needs }),
    create: () => ({
      specs: ({ contexts: rows, draws: of, token }) => ({ x: { shape: [rows, of, token] }, t: { shape: [rows] } }),
      draw: (cached) => ({
        x: { shape: [cached.contexts, cached.draws, cached.token], data: new Float32Array(2 * 2 * cached.contexts) },
        t: { shape: [cached.contexts], data: new Float32Array(cached.contexts) },
      }),
      auxiliary: () => ({ level: { shape: [1], data: Float32Array.of(5) } }),
      targets: (u, batch, _, average) => {
        const [x, t] = [named(batch, 'x'), named(batch, 't')];
        return { apart: tf.mean(tf.squaredDifference(u(x, t, t), average(x, t, t))) };
      },
      loss: (u, batch, targets, auxiliary) => {
        const [x, t] = [named(batch, 'x'), named(batch, 't')];
        const own = tf.mean(tf.squaredDifference(u(x, t, t), 3));
        const beside = tf.mean(tf.square(named(auxiliary, 'level')));
        return tf.addN([beside, tf.mul(1e6, named(targets, 'apart')), own]);
      },
    }),
  });

const options = { steps: 6, learningRate: 0.1, warmup: 0, schedule: 'constant', clip: 1e6, ema: 0.5 } as const;
const rest = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, checkpointEvery: 100, logEvery: 1 };

async function trained(
  entry: MethodEntry,
  name: string,
  ema: number,
  onStart: (weights: Parameters) => void = () => {},
) {
  const student = { name: 'one', method: entry, options: {}, training: { batch: 4, draws, steps: 6 } };
  const lines: TrainingLog[] = [];
  const task = distillationTask(student, 1, config, studentFromScratch(config, 1), cache);
  onStart(typeof task.parameters === 'function' ? task.parameters() : task.parameters);
  const { last } = await train(task, {
    ...options,
    ...rest,
    ema,
    engine: { kind: 'onnx', provider: 'cpu', threads: 1 },
    checkpoint: join(folder, name),
    onLog: (line) => void lines.push(line),
  });
  return { last, lines };
}

describe('a method', () => {
  it('trains weights of its own beside the student, which are not the student’s', async () => {
    const { last } = await trained(method({ other: 'average' }), 'auxiliary', 0.5);
    const level = last['auxiliary/level']?.data[0] ?? Number.NaN;
    expect(level).toBeLessThan(4.8);
    expect(level).toBeGreaterThan(4); // six steps of Adam of at most 0.1
    expect(Object.keys(withoutOthers(last)).sort()).toEqual(Object.keys(studentFromScratch(config, 1)).sort());
  });

  it('is given the student with averaged weights, which follow its own', async () => {
    const distance = async (ema: number) => {
      const { lines } = await trained(method({ other: 'average' }), `average-${ema}`, ema);
      const level = (step: number): number => (5 - 0.1 * step) ** 2; // what the loss has of it, nearly
      return lines.map(({ loss }, step) => loss - level(step));
    };
    const [none, slow] = [await distance(0), await distance(0.9)];
    expect(slow[0]).toBeCloseTo(none[0] ?? Number.NaN, 4); // before the first update both have the same weights
    expect(Math.max(...none)).toBeLessThan(20); // without an average nothing is apart
    expect(Math.max(...slow)).toBeGreaterThan(30);
  });

  it('that asks for what it does not say is told so', () => {
    const student = { name: 'one', method: method(undefined), options: {}, training: { batch: 4, draws, steps: 6 } };
    const task = distillationTask(student, 1, config, {}, cache);
    const batch = {
      x: tf.zeros([2, 2, 2]),
      t: tf.zeros([2]),
      conditional: tf.zeros([2, 2]),
      unconditional: tf.zeros([2, 2]),
      w: tf.ones([2]),
    };
    const weights = Object.fromEntries(
      Object.entries(studentFromScratch(config, 1)).map(([name, { shape, data }]) => [
        name,
        tf.tensor(data, [...shape]),
      ]),
    );
    expect(() => task.targets?.(weights, batch, {})).toThrow("needs: { other: 'average' }");
  });

  it('has a second network learn beside the student, from where it starts, in turns, and left behind', async () => {
    const own = studentFromScratch(config, 1);
    const seen: string[][] = [];
    const entry = method({ other: 'beside' });
    const name = Object.keys(own).find((key) => key.endsWith('linear.bias')) ?? '';
    const twice: MethodEntry = {
      ...entry,
      create: () => ({
        ...entry.create({}),
        beside: {
          updates: 2,
          targets: (u, batch) => ({ slope: tf.add(u(named(batch, 'x'), named(batch, 't'), named(batch, 't')), 1) }),
          loss: (beside, batch, targets) => {
            const [x, t] = [named(batch, 'x'), named(batch, 't')];
            return tf.mean(tf.squaredDifference(beside(x, t, t), named(targets, 'slope')));
          },
        },
      }),
    };
    const { last, lines } = await trained(twice, 'beside', 0, (weights) => seen.push(Object.keys(weights)));
    expect(seen[0]?.filter((key) => key.startsWith('beside/'))).toHaveLength(Object.keys(own).length);
    // Two steps of its own towards 0 + 1, then one of the student's towards 3, which is told how far apart they are.
    expect(lines[0]?.loss).toBeCloseTo(1, 4);
    expect(lines[1]?.loss).toBeLessThan(1);
    expect(lines[2]?.loss).toBeGreaterThan(25 + 9 + 10);
    const moved = (tensor: string) => Math.abs(last[tensor]?.data[0] ?? Number.NaN);
    expect(moved(name)).toBeGreaterThan(0);
    expect(moved(`beside/${name}`)).toBeGreaterThan(0);
    expect(last[name]?.data).not.toEqual(last[`beside/${name}`]?.data);
    expect(Object.keys(withoutOthers(last)).sort()).toEqual(Object.keys(own).sort());
  });

  it('is given the student that training started from', async () => {
    const { lines } = await trained(method({ other: 'start' }), 'start', 0);
    const level = (step: number): number => (5 - 0.1 * step) ** 2;
    const apart = lines.map(({ loss }, step) => loss - level(step));
    expect(apart[0]).toBeLessThan(20); // it is that student yet
    expect(apart.at(-1)).toBeGreaterThan(1000); // it moves away; without an average nothing else would be apart
  });
});
