import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudent, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import type { NoiseScales } from '../../../src/distillation/student/noise-scales.ts';
import { samplerProgram } from '../../../src/distillation/student/program.ts';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { filled } from '../../engine/graph/agreement.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-noise-'));
});
afterAll(() => rm(folder, { recursive: true }));

const config = { token: 3, condition: 5, width: 8, depth: 1, timeScale: 1 } as const;
const parameters = studentFromScratch(config, 1);
const plain = { parameters, config, sampler: 'consistency-renoised', metadata: {} } as const;
const noiseScales: NoiseScales = { 'consistency-renoised': { 1: [1.5], 2: [1.25, 0.5] }, 'flow-map': { 2: [3] } };

describe('the factors on a student’s noise', () => {
  it('are read from its file as they were written, and are in no file without', async () => {
    const path = join(folder, 'own.safetensors');
    await writeStudent(path, { ...plain, noiseScales });
    expect(await readStudent(path)).toEqual({ ...plain, noiseScales });
    await writeStudent(path, plain);
    expect(Object.keys(await readStudent(path))).not.toContain('noiseScales');
  });

  it.each([
    [1, [1.5]],
    [2, [1.25, 0.5]],
    [4, [1, 1, 1, 1]],
  ])('are in its sampler of %i steps, which takes noise as it is', async (steps, [first = 1, ...rest]) => {
    const run = async (scaled: boolean, noise: HostTensor, fresh: HostTensor): Promise<number[]> => {
      const { fn, specs } = samplerProgram({ ...plain, ...(scaled && { noiseScales }) }, steps);
      const program = await compile(fn, specs, { engine: cpuEngine(), constants: parameters });
      const context = { hidden: filled([2, 5], 3), hidden_unconditional: filled([2, 5], 4), guidance: filled([2], 5) };
      const feeds = { noise, ...(steps > 1 && { fresh_noise: fresh }), ...context };
      const { sample } = await program.run(feeds).finally(() => program.dispose());
      return [...(sample?.data ?? [])];
    };
    const [noise, fresh] = [filled([2, 3], 1), filled([2, steps - 1, 3], 2)];
    const times = (tensor: HostTensor, factor: (place: number) => number): HostTensor => ({
      ...tensor,
      data: Float32Array.from(tensor.data, (value, i) => value * factor(i)),
    });
    const byHand = await run(
      false,
      times(noise, () => first),
      times(fresh, (i) => rest[Math.floor(i / 3) % (steps - 1)] ?? 1),
    );
    expect(await run(true, noise, fresh)).toEqual(byHand.map((value) => expect.closeTo(value, 5)));
  });

  it.each([
    ['that are no numbers', '{"flow-map":{"2":[null]}}'],
    ['of zero', '{"flow-map":{"2":[0]}}'],
    ['of no noise', '{"flow-map":{"2":[]}}'],
    ['more than the noises of its sampler', '{"flow-map":{"2":[1,0.9]}}'],
    ['fewer than the noises of its sampler', '{"consistency-renoised":{"3":[1,0.9]}}'],
    ['of no steps', '{"flow-map":{"0":[1]}}'],
    ['of no sampler', '{"toString":{"2":[1]}}'],
    ['that are no JSON', '{'],
  ])('%s are refused with their place', async (_, text) => {
    const path = join(folder, 'hostile.safetensors');
    await writeStudent(path, plain);
    const metadata = { sampler: plain.sampler, timeScale: '1', noiseScales: text };
    await writeSafetensors(path, (await readSafetensors(path)) as typeof parameters, { metadata });
    await expect(readStudent(path)).rejects.toThrow(FileError);
    await expect(readStudent(path)).rejects.toThrow('metadata noiseScales');
  });
});
