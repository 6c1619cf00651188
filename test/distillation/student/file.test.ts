import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudent, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { zeros } from '../../../src/heads/network/initial.ts';
import { leftOpen, nothing } from '../../held.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-student-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = { token: 3, condition: 5, width: 8, depth: 2, timeScale: 1 } as const;
const frequencies = Array.from({ length: 128 }, (_, k) => Math.fround(1 / (k + 1)));
const configs: Readonly<Record<string, HeadConfig>> = {
  nextstep: sizes,
  'nextstep, three-way': { ...sizes, guidance: 'three-way', bf16Time: true },
  mar: { ...sizes, prediction: 'ddpm-noise', startIndex: 960 },
  'pocket-tts': {
    ...sizes,
    architecture: 'two-time',
    guidance: 'condition',
    storedFrequencies: [frequencies, frequencies],
  },
  vibevoice: { ...sizes, architecture: 'swiglu', hidden: 24, prediction: 'ddpm-velocity' },
  'calm-flow': { ...sizes, timeScale: 1000, truncateTime: true },
};

it.each(Object.entries(configs))('a student of %s is read as it was written', async (name, config) => {
  const path = join(folder, `${name}.safetensors`);
  const student = {
    parameters: studentFromScratch(config, 1),
    config,
    sampler: 'flow-map',
    metadata: { seed: '1' },
  } as const;
  await writeStudent(path, student);
  expect(await readStudent(path)).toEqual(student);
});

it('a file of before there were conventions is read as the shared skeleton', async () => {
  const path = join(folder, 'old.safetensors');
  const { parameters } = { parameters: studentFromScratch(sizes, 1) };
  await writeSafetensors(path, parameters, { metadata: { sampler: 'velocity', timeScale: '32' } });
  expect((await readStudent(path)).config).toEqual({ ...sizes, timeScale: 32 });
});

it('conventions that are none are refused with their place', async () => {
  const path = join(folder, 'odd.safetensors');
  await writeStudent(path, {
    parameters: studentFromScratch(sizes, 1),
    config: sizes,
    sampler: 'flow-map',
    metadata: {},
  });
  const metadata = { sampler: 'flow-map', timeScale: '1', conventions: '{"prediction":"score"}' };
  await writeSafetensors(path, await readSafetensors(path), { metadata });
  await expect(readStudent(path)).rejects.toThrow('odd.safetensors: metadata conventions: prediction:');
});

it.each([
  ['a tensor of its own', 'duration_embed.mlp.0.weight', 'expected shape [8, 256], got none'],
  ["one of the head's", 'cond_embed.weight', 'head: expected a tensor named cond_embed.weight, found none'],
])('a student without %s is refused by file and tensor', async (_, name, message) => {
  const path = join(folder, 'lacking.safetensors');
  const { [name]: lacking, ...others } = studentFromScratch(sizes, 1);
  expect(lacking).toBeDefined();
  await writeSafetensors(path, others, { metadata: { sampler: 'flow-map', timeScale: '1' } });
  const error = await readStudent(path).catch((caught) => caught);
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toContain('lacking.safetensors: ');
  expect(error.message).toContain(name);
  expect(error.message).toContain(message);
});

it('a student with a misshapen tensor of its own is refused', async () => {
  const path = join(folder, 'misshapen.safetensors');
  const parameters = { ...studentFromScratch(sizes, 1), 'uncond_embed.weight': zeros([8, 4]) };
  await writeSafetensors(path, parameters, { metadata: { sampler: 'flow-map', timeScale: '1' } });
  await expect(readStudent(path)).rejects.toThrow('tensor uncond_embed.weight: expected shape [8, 5], got [8, 4]');
});

describe('reading a student', () => {
  const written = async (metadata: Readonly<Record<string, string>>, broken = false): Promise<string> => {
    const path = join(folder, 'read.safetensors');
    const parameters = studentFromScratch(sizes, 1);
    const [name = '', tensor] = Object.entries(parameters)[0] ?? [];
    if (broken) tensor?.data.fill(Number.NaN, 0, 1);
    await writeSafetensors(path, { ...parameters, ...(tensor && { [name]: tensor }) }, { metadata });
    return path;
  };

  it('leaves its file closed, also where it is none', async () => {
    const path = await written({ sampler: 'flow-map', timeScale: '1' });
    expect(await leftOpen(() => readStudent(path))).toEqual(nothing);
    const odd = await written({ sampler: 'none' });
    expect(await leftOpen(() => expect(readStudent(odd)).rejects.toThrow())).toEqual(nothing);
  });

  it.each([
    [{ timeScale: '1' }, 'metadata sampler: expected flow-map, consistency'],
    [{ sampler: 'toString', timeScale: '1' }, 'metadata sampler: expected flow-map, consistency'],
    [{ sampler: 'flow-map' }, 'metadata timeScale: expected a positive number, got'],
    [{ sampler: 'flow-map', timeScale: '0' }, 'metadata timeScale: expected a positive number, got'],
    [{ sampler: 'flow-map', timeScale: '-1' }, 'metadata timeScale: expected a positive number, got'],
  ] as const)('refuses metadata %o', async (metadata, message) => {
    await expect(readStudent(await written(metadata))).rejects.toThrow(message);
  });

  it('refuses weights that are no numbers, and says where', async () => {
    const path = await written({ sampler: 'flow-map', timeScale: '1' }, true);
    await expect(readStudent(path)).rejects.toThrow(/tensor \S+: expected finite numbers, got NaN at element 0/);
  });
});
