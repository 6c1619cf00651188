/** The system's own sampler, row by row: each draw as if it were sampled alone by the family's rule. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { ruleOf } from '../../../src/heads/family/rule-of.ts';
import { type FamilyName, families } from '../../../src/heads/family/table.ts';
import { headNetwork } from '../../../src/heads/original/head-network.ts';
import { usualSettings } from '../../../src/heads/original/rule.ts';
import { sampleChain } from '../../../src/heads/original/sample-chain.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { relativeError } from '../../eager.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-own-sampler-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const [contexts, draws] = [2, 3];
const normal = (name: string, ...shape: number[]) => ({
  shape,
  data: stream('own sampler', name).normal(shape.reduce((a, b) => a * b, 1)),
});

async function teacherOf(family: FamilyName): Promise<Teacher> {
  const path = join(folder, family);
  await importHead(`test/fixtures/${family}-a.weights.safetensors`, { family, name: family, output: path });
  return loadTeacher({ kind: 'imported', path }, cpuEngine());
}

const inputOf = ({ token, condition }: Teacher, w: number) => ({
  noise: normal('noise', contexts, draws, token),
  conditional: normal('c', contexts, condition),
  unconditional: normal('u', contexts, condition),
  w: { shape: [contexts], data: new Float32Array(contexts).fill(w) },
});

/** What one draw ends in, by the rule with this draw's conditions, noise and normals alone. */
async function alone(family: FamilyName, teacher: Teacher, w: number, draw: number): Promise<Float64Array> {
  const { head, token, condition, parameters } = teacher;
  if (head === undefined) throw new Error('expected a head');
  const { official } = families[family];
  const { rule } = ruleOf(family, official.rule);
  const { noise, conditional, unconditional } = inputOf(teacher, w);
  const own = (data: Float32Array, row: number, width: number) => [...data.subarray(row * width, (row + 1) * width)];
  const context = Math.floor(draw / draws);
  const [c, u] = [own(conditional.data, context, condition), own(unconditional.data, context, condition)];
  const before = head.guidance === 'condition';
  const groups = before ? [c.map((value, i) => (u[i] ?? 0) + w * (value - (u[i] ?? 0)))] : w === 1 ? [c] : [c, u];
  const settings = { ...usualSettings, steps: official.steps, guidance: before ? 1 : w };
  const scale = rule.startScale?.(settings) ?? 1;
  const count = rule.normals?.(official.steps) ?? 0;
  const all = stream('key', 'z', 0).normal(count * contexts * draws * token);
  const z = Array.from({ length: count }, (_, step) => own(all, step * contexts * draws + draw, token)).flat();
  const { evaluate, dispose } = await headNetwork(parameters, head, cpuEngine(), rule.network);
  const conditions = { shape: [groups.length, condition], data: Float32Array.from(groups.flat()) };
  const x = Float32Array.from(own(noise.data, draw, token), (value) => value * scale);
  const start = { x, ...(count > 0 && { z: Float32Array.from(z) }) };
  const run = await sampleChain(rule, { evaluate, conditions, rows: 1, token }, settings, start).finally(dispose);
  return run.states.at(-1) ?? new Float64Array();
}

describe.each(['mar', 'nextstep', 'pocket-tts'] as const)('the own sampler of %s', (family) => {
  it.each([1, 2.5])('ends as its rule does, each draw under its own context, at w = %d', async (w) => {
    const teacher = await teacherOf(family);
    const { official } = families[family];
    expect(teacher.own).toMatchObject({ rule: official.rule, steps: official.steps });
    const sampler = await teacher.own?.open(cpuEngine(), ['key']);
    const { shape, data } = (await sampler?.ends(inputOf(teacher, w))) ?? { shape: [], data: new Float32Array() };
    await sampler?.dispose();
    expect(shape).toEqual([contexts, draws, teacher.token]);
    for (const draw of [0, 2, 3, 5]) {
      const found = data.subarray(draw * teacher.token, (draw + 1) * teacher.token);
      expect(relativeError(found, await alone(family, teacher, w, draw))).toBeLessThan(1e-4);
    }
  });
});

it('rows of several guidance scales are refused: the systems have one', async () => {
  const teacher = await teacherOf('mar');
  const sampler = await teacher.own?.open(cpuEngine(), ['key']);
  const input = { ...inputOf(teacher, 2), w: { shape: [contexts], data: Float32Array.of(1, 2) } };
  await expect(sampler?.ends(input)).rejects.toThrow('expected one guidance scale for all rows, got several');
  await sampler?.dispose();
});
