import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import type { FamilyName } from '../../../src/heads/family/table.ts';
import { studentHeadSchema } from '../../../src/heads/network/head-schema.ts';
import { importedFacts } from '../../../src/teachers/imported/card-text.ts';
import { evaluationFlops } from '../../../src/teachers/imported/flops.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedWeightsPath, readImported } from '../../../src/teachers/imported/weights.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}.weights.safetensors`, import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-one-call-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const importTo = async (source: string, family: FamilyName = 'calm-energy') => {
  const output = join(folder, 'teacher');
  await rm(output, { recursive: true, force: true });
  return { card: await importHead(source, { family, name: family, output }), output };
};

type Tensors = Record<string, HostTensor>;
const both = (): Promise<Tensors> => readSafetensors(fixture('calm-energy-a'));
const named = (tensors: Tensors, start: string): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith(start)));

async function file(tensors: Tensors): Promise<string> {
  const path = join(folder, 'weights.safetensors');
  await writeSafetensors(path, tensors);
  return path;
}

describe("CALM's energy head, of which a checkpoint holds every tensor twice", () => {
  it('is kept once, under the first name, with the sizes of its weights', async () => {
    const { card, output } = await importTo(fixture('calm-energy-a'));
    expect(card.prefix).toBe('generative_head.');
    expect(card.sizes).toEqual({ token: 8, condition: 32, width: 32, depth: 2, output: 8, hidden: 32, noise: 6 });
    expect(await readSafetensors(importedWeightsPath(output))).toEqual(named(await both(), 'generative_head.'));
    expect((await readImported(output)).config).toEqual({
      ...{ architecture: 'one-call', token: 8, condition: 32, width: 32, depth: 2, noise: 6, timeScale: 1 },
    });
    const bare = await importTo(fixture('calm-energy-b'));
    expect(bare.card).toMatchObject({ prefix: '', sizes: { token: 16, noise: 12, width: 48, depth: 3 } });
  });

  it('is told in facts', async () => {
    const { card } = await importTo(fixture('calm-energy-a'));
    const facts = Object.fromEntries(importedFacts(card));
    expect(facts).toMatchObject({ noise: '6 numbers, uniform from −½ to ½', time: 'none', predicts: 'a token' });
    // two for each weight of: noise 6·32, condition 32², blocks 2·(2 + 1 + 2 + 1)·32², ends 32² + 8·32
    expect(evaluationFlops(card)).toBe(2 * (6 * 32 + 1024 + 12 * 1024 + 1024 + 8 * 32));
  });

  it('is taken from the other name, or of a model within another, where there is one copy or both', async () => {
    const tensors = await both();
    expect((await importTo(await file(named(tensors, 'mlp_generator.')))).card.prefix).toBe('mlp_generator.');
    const within = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`model.${name}`, tensor]));
    expect((await importTo(await file(within))).card.prefix).toBe('model.generative_head.');
  });

  it('is refused where the copies differ, in numbers or in shape', async () => {
    const tensors = await both();
    const name = 'mlp_generator.mlp_blocks.1.linears.2.bias';
    const data = Float32Array.from(tensors[name]?.data ?? []);
    data[31] = (data[31] ?? 0) + 1e-6;
    const told = `tensor "${name}": expected what generative_head.mlp_blocks.1.linears.2.bias holds, whose copy it is`;
    await expect(importTo(await file({ ...tensors, [name]: { shape: [32], data } }))).rejects.toThrow(told);
    await expect(
      importTo(await file({ ...tensors, [name]: { shape: [1, 32], data: tensors[name]?.data ?? data } })),
    ).rejects.toThrow(told);
    const { [name]: _, ...some } = tensors;
    expect((await importTo(await file(some))).card.prefix).toBe('generative_head.');
  });
});

describe('a head that is called once', () => {
  it.each([
    ['calm-energy-a', 'calm-flow', 'calm-energy'],
    ['calm-energy-b', 'mar', 'calm-energy'],
    ['calm-flow-a', 'calm-energy', 'calm-flow'],
    ['sphere-ar-a', 'calm-energy', 'sphere-ar'],
  ] as const)('%s is none of %s', async (name, family, owner) => {
    await expect(importTo(fixture(name), family)).rejects.toThrow(`import it with --family ${owner}`);
  });

  it('is no teacher, and no head of a student', async () => {
    const { output } = await importTo(fixture('calm-energy-a'));
    await expect(loadTeacher({ kind: 'imported', path: output }, cpuEngine())).rejects.toThrow(
      `${output}: calm-energy makes a token in one call already: there are no steps to distil or to compare`,
    );
    expect(studentHeadSchema().safeParse({ width: 32, depth: 2, architecture: 'one-call' }).success).toBe(false);
    expect(studentHeadSchema().safeParse({ width: 32, depth: 2, architecture: 'swiglu' }).success).toBe(true);
  });
});
