import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanVelocity, studentConfigOf, studentFromTeacher } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { FamilyName } from '../../../src/heads/family/table.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { headVelocity } from '../../../src/heads/velocity.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedTeacher } from '../../../src/teachers/imported/teacher.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import type { ContextSource, Teacher } from '../../../src/teachers/teacher.ts';
import { relativeError, tensor, values } from '../../eager.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-imported-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const normal = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(stream(name).normal(shape.reduce((a, b) => a * b, 1)), shape);

async function teacherOf(name: string, family: FamilyName, contexts?: ContextSource, image?: number): Promise<Teacher> {
  const source = fileURLToPath(new URL(`../../fixtures/${name}.weights.safetensors`, import.meta.url));
  const path = join(folder, name);
  await importHead(source, { family, name, output: path });
  return contexts === undefined
    ? loadTeacher({ kind: 'imported', path }, cpuEngine())
    : importedTeacher(path, contexts, image);
}

const tensors = ({ parameters }: Pick<Teacher, 'parameters'>): NamedTensors =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

const headOf = ({ head }: Teacher) => {
  if (head === undefined) throw new Error('expected a head');
  return head;
};

const times = [0.1, 0.45, 0.9];
const rows = times.length;
const t = (): tf.Tensor => tensor(times, [rows]);
const x = ({ token }: Teacher): tf.Tensor => normal('x', [rows, 2, token]);
const contextOf = ({ condition }: Teacher, w: number) => ({
  conditional: normal('c', [rows, condition]),
  unconditional: normal('u', [rows, condition]),
  w: tensor(
    times.map(() => w),
    [rows],
  ),
});

const families: [string, FamilyName][] = [
  ['nextstep-a', 'nextstep'],
  ['mar-a', 'mar'],
  ['pocket-tts-a', 'pocket-tts'],
];

describe.each(families)('the teacher %s', (name, family) => {
  it('is guided as its system guides', async () => {
    const teacher = await teacherOf(name, family);
    const { conditional, unconditional, w } = contextOf(teacher, 3);
    const at = (c: tf.Tensor) => headVelocity(tensors(teacher), headOf(teacher), c)(x(teacher), t());
    const mix = (a: tf.Tensor, b: tf.Tensor) => tf.add(b, tf.mul(3, tf.sub(a, b)));
    const guided = values(() => teacher.velocity(tensors(teacher), { conditional, unconditional, w })(x(teacher), t()));
    const expected = values(() =>
      family === 'pocket-tts' ? at(mix(conditional, unconditional)) : mix(at(conditional), at(unconditional)),
    );
    expect(relativeError(guided, expected)).toBeLessThan(1e-6);
    expect(teacher.evaluations).toBe(family === 'pocket-tts' ? 1 : 2);
  });

  it('has a student that is its conditional velocity at s = t and w = 1', async () => {
    const teacher = await teacherOf(name, family);
    const config = studentConfigOf(headOf(teacher));
    const student = studentFromTeacher(teacher.parameters, headOf(teacher), 7);
    const context = contextOf(teacher, 1);
    const found = values(() => meanVelocity(tensors({ parameters: student }), config, context)(x(teacher), t(), t()));
    const expected = values(() => teacher.velocity(tensors(teacher), context)(x(teacher), t()));
    expect(relativeError(found, expected)).toBeLessThan(1e-6);
    expect(student['final_layer.linear.weight']?.shape[0]).toBe(teacher.token);
  });

  it('asks for a capture when it is asked for contexts', async () => {
    const { contexts } = await teacherOf(name, family);
    const request = { rows: 1, key: [], freeRunning: 0, split: 'train', guidance: { min: 1, max: 1 } } as const;
    await expect(contexts(request)).rejects.toThrow('recipe.data: expected a capture of hidden states');
  });
});

it('the noise of MAR becomes the velocity (x − ε)/t', async () => {
  const teacher = await teacherOf('mar-a', 'mar');
  const { conditional, unconditional } = contextOf(teacher, 1);
  // cosine schedule at index 500: α² = 0.4923
  const index = 500;
  const signal = (i: number): number => Math.cos((((i / 1000 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const alpha = Math.sqrt(signal(index + 1) / signal(0));
  const sigma = Math.sqrt(1 - alpha ** 2);
  const time = alpha / (alpha + sigma);
  const found = values(() =>
    headVelocity(tensors(teacher), headOf(teacher), conditional)(x(teacher), tf.fill([rows], time)),
  );
  const expected = values(() => {
    const z = tf.mul(x(teacher), alpha + sigma);
    const out = headOutput(tensors(teacher), headOf(teacher), z, { t: tf.fill([rows], index) }, conditional);
    return tf.div(tf.sub(x(teacher), tf.slice(out, [0, 0, 0], [-1, -1, teacher.token])), time);
  });
  expect(relativeError(found, expected)).toBeLessThan(1e-4);
  unconditional.dispose();
});

it('students of two-time heads take both times and guidance natively, without added tensors', async () => {
  const teacher = await teacherOf('pocket-tts-a', 'pocket-tts');
  const student = studentFromTeacher(teacher.parameters, headOf(teacher), 7);
  expect(Object.keys(student).toSorted()).toEqual(Object.keys(teacher.parameters).toSorted());
  const context = contextOf(teacher, 1);
  const s = (): tf.Tensor => tf.mul(t(), 0.5);
  const found = values(() =>
    meanVelocity(tensors({ parameters: student }), headOf(teacher), context)(x(teacher), s(), t()),
  );
  const own = values(() =>
    headOutput(tensors(teacher), headOf(teacher), x(teacher), { s: s(), t: t() }, context.conditional),
  );
  expect(relativeError(found, own)).toBeLessThan(1e-6);
});

it('with an image-only capture NextStep is guided three ways, and so is its student told', async () => {
  const source = { hash: 'h', condition: 24, threeWay: true, contexts: () => Promise.reject(new Error()) };
  const teacher = await teacherOf('nextstep-a', 'nextstep', source, 2);
  const imageOnly = (): tf.Tensor => normal('i', [rows, 24]);
  const context = () => ({ ...contextOf(teacher, 7.5), imageOnly: imageOnly(), wImage: tensor([2, 2, 2], [rows]) });
  const at = (c: tf.Tensor) => headVelocity(tensors(teacher), headOf(teacher), c)(x(teacher), t());
  const found = values(() => teacher.velocity(tensors(teacher), context())(x(teacher), t()));
  const expected = values(() => {
    const [c, u1, u2] = [at(context().conditional), at(imageOnly()), at(context().unconditional)];
    return tf.addN([u2, tf.mul(2, tf.sub(u1, u2)), tf.mul(7.5, tf.sub(c, u1))]);
  });
  expect(relativeError(found, expected)).toBeLessThan(1e-6);
  expect(teacher.evaluations).toBe(3);

  const student = studentFromTeacher(teacher.parameters, headOf(teacher), 7);
  expect(student['image_only_embed.weight']?.shape).toEqual([32, 24]);
  const told = values(() =>
    meanVelocity(tensors({ parameters: student }), headOf(teacher), context())(x(teacher), t(), t()),
  );
  expect(
    relativeError(
      told,
      values(() => at(context().conditional)),
    ),
  ).toBeLessThan(1e-6);
});

it('refuses a capture of another size', async () => {
  const source = { hash: 'h', condition: 23, threeWay: false, contexts: () => Promise.reject(new Error()) };
  await expect(teacherOf('nextstep-a', 'nextstep', source)).rejects.toThrow('expected conditions of 24 dimensions');
});
