import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanVelocity, studentConfigOf, studentFromTeacher } from '../../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../../src/engine/graph/program.ts';
import { zeros } from '../../../../src/heads/network/initial.ts';
import { importGraph } from '../../../../src/teachers/imported/graph/import-graph.ts';
import { nothingTold, type Told } from '../../../../src/teachers/imported/graph/told.ts';
import { importedInputs } from '../../../../src/teachers/imported/inputs.ts';
import { importedTeacher } from '../../../../src/teachers/imported/teacher.ts';
import type { ContextSource, Teacher } from '../../../../src/teachers/teacher.ts';
import { relativeError, values } from '../../../eager.ts';
import { type InsideKind, insideHead } from './inside-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-guided-inside-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function imported(kind: InsideKind, told: Partial<Told> = {}, source?: ContextSource): Promise<Teacher> {
  const output = join(folder, `${kind}-${Object.keys(told).join('-')}`);
  await importGraph(await insideHead(kind), { name: 'head', output, told: { ...nothingTold, ...told } });
  return importedTeacher(output, source);
}

const context = {
  conditional: tf.tensor([0.3, -1, 0.5, 0.2], [2, 2]),
  unconditional: tf.tensor([-0.4, 0.1, 1, -0.6], [2, 2]),
  w: tf.tensor([2.5, 0.5]),
};
const x = tf.tensor([0.1, -0.2, 0.7, 1.1, 0.4, -0.9], [2, 1, 3]);
const t = tf.tensor([0.25, 0.75]);

const tensorsOf = ({ parameters }: Pick<Teacher, 'parameters'>): NamedTensors =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

const velocity = (teacher: Teacher, by: typeof context = context): readonly number[] =>
  values(() => teacher.velocity(tensorsOf(teacher), by)(x, t));

describe('a head that is guided inside', () => {
  it('has the velocity of the head whose outputs are combined, by either way to count its scale', async () => {
    const expected = velocity(await imported('plain'));
    const one = await imported('inside');
    expect(relativeError(velocity(one), expected)).toBeLessThan(1e-6);
    expect(one.evaluations).toBe(1);
    const zero = await imported('inside-from-0', { unguided: 0 });
    expect(relativeError(velocity(zero), expected)).toBeLessThan(1e-6);
    expect(relativeError(velocity(await imported('inside-from-0')), expected)).toBeGreaterThan(0.05);
  });

  it('may take a scale without a state beside it, for which nothing without a prompt need be captured', async () => {
    const asked: unknown[] = [];
    const told = zeros([2, 2]);
    const source: ContextSource = {
      ...{ hash: '', condition: 2, threeWay: false },
      contexts: async (request) => {
        asked.push(request.guidance);
        const whole = { shape: [2], data: new Int32Array(2) };
        return { conditional: told, unconditional: told, position: whole, provenance: whole };
      },
      check: async ({ guidance }) => {
        asked.push(guidance);
        return [];
      },
    };
    const teacher = await imported('scale', {}, source);
    const guidance = { min: 2, max: 3 };
    await teacher.contexts({ rows: 2, key: [], freeRunning: 0, split: 'train', guidance });
    await teacher.check?.({ contexts: 2, guidance });
    expect(asked).toEqual([
      { min: 1, max: 1 },
      { min: 1, max: 1 },
    ]);
    const louder = { ...context, conditional: tf.mul(context.conditional, tf.reshape(context.w, [2, 1])) };
    const expected = velocity(await imported('plain'), { ...louder, w: tf.ones([2]) });
    expect(relativeError(velocity(teacher), expected)).toBeLessThan(1e-6);
  });

  it.each(['inside', 'scale'] as const)('has students that are it at s = t under any scale: %s', async (kind) => {
    const teacher = await imported(kind);
    const { head, parameters } = teacher;
    if (head === undefined) throw new Error('expected a head');
    const own = studentFromTeacher(parameters, head, 1);
    const added = Object.keys(own).filter((name) => parameters[name] === undefined);
    expect(added.every((name) => name.startsWith('duration_embed.'))).toBe(true);
    const u = values(() => meanVelocity(tensorsOf({ parameters: own }), studentConfigOf(head), context)(x, t, t));
    expect(relativeError(u, velocity(teacher))).toBeLessThan(1e-6);
    expect(importedInputs(join(folder, `${kind}-`))).toEqual({ twoTimes: false, guidedBefore: true });
  });

  it('is refused where what is told of its guidance cannot be', async () => {
    await expect(imported('inside', { guidance: 'output' })).rejects.toThrow(
      '--guidance output: expected none, the head takes its scale itself, as w',
    );
    await expect(imported('plain', { unguided: 0 })).rejects.toThrow('--unguided 0: expected --role w=<name>');
    await expect(imported('inside', { constants: { w: 2 } })).rejects.toThrow('expected --role w=<name> beside it');
    const odd = { roles: { condition: 'x', x: 'c' } };
    await expect(imported('inside', odd)).rejects.toThrow(
      'input c_uncond: expected [rows, 3] as the state with the prompt, got [rows, 2]',
    );
  });
});
