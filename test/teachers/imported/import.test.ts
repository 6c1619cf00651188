import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import type { FamilyName } from '../../../src/heads/family/table.ts';
import { importedCardText, importedFacts } from '../../../src/teachers/imported/card-text.ts';
import { evaluationFlops } from '../../../src/teachers/imported/flops.ts';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedWeightsPath, readImported } from '../../../src/teachers/imported/weights.ts';
import { goldenHead } from '../../heads/network/golden.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}.weights.safetensors`, import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
const out = (): string => join(folder, `teacher-${count++}`);

const importTo = async (source: string, family: FamilyName, more = {}) => {
  const output = out();
  const card = await importHead(source, { family, name: family, output, ...more });
  return { card, output };
};

const refusal = (source: string, family: FamilyName, more = {}): Promise<string> =>
  importTo(source, family, more).then(
    () => '',
    (error: Error) => error.message,
  );

/** Writes tensors to a new file. */
async function file(tensors: Readonly<Record<string, HostTensor>>, dtype?: 'BF16' | 'F16'): Promise<string> {
  const path = join(folder, `weights-${count++}.safetensors`);
  const dtypes = dtype === undefined ? {} : Object.fromEntries(Object.keys(tensors).map((name) => [name, dtype]));
  await writeSafetensors(path, tensors, { dtypes });
  return path;
}

const cases: [string, FamilyName][] = [
  ['nextstep-a', 'nextstep'],
  ['nextstep-b', 'nextstep'],
  ['mar-a', 'mar'],
  ['mar-b', 'mar'],
  ['pocket-tts-a', 'pocket-tts'],
  ['pocket-tts-b', 'pocket-tts'],
];

describe('an imported head', () => {
  it.each(cases)(
    '%s has the tensors of its file, under their names, and the config of its shapes',
    async (name, family) => {
      const { card, output } = await importTo(fixture(name), family);
      const golden = await goldenHead(name);
      const read = await readImported(output);
      expect(read.parameters).toEqual(golden.parameters);
      expect(read.config).toMatchObject({ ...golden.config, timeScale: card.timeScale });
      expect(await readSafetensors(importedWeightsPath(output))).toEqual(await readSafetensors(fixture(name)));
      expect(card.prefix).toBe(golden.prefix);
    },
  );

  it('comes back bit by bit when its own file is imported again', async () => {
    const first = await importTo(fixture('pocket-tts-a'), 'pocket-tts');
    const second = await importTo(importedWeightsPath(first.output), 'pocket-tts');
    expect(await readFile(importedWeightsPath(second.output))).toEqual(
      await readFile(importedWeightsPath(first.output)),
    );
    expect(second.card.weights).toBe(first.card.weights);
  });

  it.each(['BF16', 'F16'] as const)('keeps the bits of %s', async (dtype) => {
    const source = await file(await readSafetensors(fixture('mar-a')), dtype);
    const { card, output } = await importTo(source, 'mar');
    const [kept, original] = [await openSafetensors(importedWeightsPath(output)), await openSafetensors(source)];
    for (const [name, entry] of original.header) {
      expect(kept.header.get(name)?.dtype).toBe(entry.dtype);
      expect(await kept.readBytes(name)).toEqual(await original.readBytes(name));
    }
    await kept.close();
    await original.close();
    expect(card.dtypes).toEqual({ [dtype]: 28 });
    expect(card.bytes).toBe(2 * card.parameters);
  });

  it('has what belongs to it in its card and its file', async () => {
    const { card, output } = await importTo(fixture('pocket-tts-a'), 'pocket-tts');
    expect(card.extras).toEqual(['flow_lm.emb_mean', 'flow_lm.emb_std']);
    expect(Object.keys((await readImported(output)).extras)).toEqual(card.extras);
    expect(card).toMatchObject({ conventions: { guidance: 'condition' }, timeScale: 1, useNorm: false });
  });

  it('is told in facts and as Markdown', async () => {
    const { card } = await importTo(fixture('mar-a'), 'mar');
    const facts = Object.fromEntries(importedFacts(card));
    expect(facts).toMatchObject({
      family: 'mar: MAR (LTH14/mar)',
      token: '4 dimensions',
      'width × depth': '32 × 2',
      predicts: 'the noise of a DDPM (cosine, 1000 steps), variances behind (output 8)',
      'latent scale': '0.2325',
      dtype: 'F32 (28 tensors)',
    });
    expect(importedCardText(card)).toContain('| time | index 0 (almost clean) to 999 (almost noise)');
    // two for each weight of: time 256·32 + 32², condition 24·32, input 4·32, blocks 2·(2 + 3)·32², ends (2·32 + 8)·32
    expect(evaluationFlops(card)).toBe(2 * (256 * 32 + 1024 + 24 * 32 + 4 * 32 + 10 * 1024 + 72 * 32));
  });

  it('takes what the card says otherwise from the command', async () => {
    const { output } = await importTo(fixture('mar-a'), 'mar', {
      bf16Time: true,
      startIndex: 960,
      useNorm: true,
      latentScale: 0.5,
    });
    const { card, config } = await readImported(output);
    expect(config).toMatchObject({ bf16Time: true, startIndex: 960, prediction: 'ddpm-noise', output: 8 });
    expect(card).toMatchObject({ useNorm: true, latentScale: 0.5 });
  });
});

describe('of other files', () => {
  it('a sharded model is read by its list, and shards without the head are not opened', async () => {
    const shards = join(folder, 'sharded');
    await mkdir(shards);
    const tensors = Object.entries(await readSafetensors(fixture('nextstep-a')));
    const half = tensors.length / 2;
    await writeSafetensors(join(shards, 'one.safetensors'), Object.fromEntries(tensors.slice(0, half)));
    await writeSafetensors(join(shards, 'two.safetensors'), Object.fromEntries(tensors.slice(half)));
    await writeFile(join(shards, 'three.safetensors'), 'not a file of tensors');
    const places = tensors.map(([name], i) => [name, i < half ? 'one.safetensors' : 'two.safetensors']);
    const weight_map = { ...Object.fromEntries(places), 'model.layers.0.self_attn.weight': 'three.safetensors' };
    await writeFile(join(shards, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    const { output } = await importTo(shards, 'nextstep');
    expect((await readImported(output)).parameters).toEqual((await goldenHead('nextstep-a')).parameters);
  });

  it('of a MAR checkpoint the averaged weights are taken, or those that are asked for', async () => {
    const checkpoint = fileURLToPath(new URL('../../fixtures/mar-checkpoint.pth', import.meta.url));
    const averaged = await importTo(checkpoint, 'mar');
    expect(averaged.card).toMatchObject({
      prefix: 'diffloss.net.',
      sizes: { token: 2, output: 4, width: 8, depth: 1 },
    });
    const last = async (output: string) => (await readImported(output)).parameters['time_embed.mlp.0.weight']?.data[0];
    expect(await last(averaged.output)).toBe(-1);
    expect(await last((await importTo(checkpoint, 'mar', { weights: 'model' })).output)).toBe(1);
    expect(await refusal(checkpoint, 'mar', { weights: 'optimizer' })).toContain('optimizer');
  });

  it('a weight that is no number is refused by name', async () => {
    const tensors = await readSafetensors(fixture('mar-a'));
    const name = 'diffloss.net.res_blocks.1.mlp.2.weight';
    const data = Float32Array.from(tensors[name]?.data ?? []);
    data[5] = Number.NaN;
    const source = await file({ ...tensors, [name]: { shape: [32, 32], data } });
    expect(await refusal(source, 'mar')).toBe(
      `${source}: tensor "${name}": expected finite numbers, got NaN at element 5`,
    );
  });

  it('another family and a damaged copy are refused in a line', async () => {
    expect(await refusal(fixture('mar-b'), 'nextstep')).toContain('import it with --family mar');
    const { output } = await importTo(fixture('mar-a'), 'mar');
    const bytes = await readFile(importedWeightsPath(output));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await writeFile(importedWeightsPath(output), bytes);
    await expect(readImported(output)).rejects.toThrow(/weights\.safetensors: expected SHA-256/);
  });

  it('a name that is none of a folder is refused', async () => {
    expect(await refusal(fixture('mar-a'), 'mar', { name: '../mar' })).toContain('got "../mar"');
  });

  it('the folder of another teacher is left alone', async () => {
    const output = out();
    await mkdir(output);
    await writeFile(join(output, 'card.json'), '{}');
    await expect(importHead(fixture('mar-a'), { family: 'mar', name: 'mar', output })).rejects.toThrow(
      'expected a new folder or an imported head, found another teacher',
    );
  });
});
