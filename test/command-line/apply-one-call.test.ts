import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { relativeError } from '../eager.ts';
import { goldenPath, shown } from '../heads/original/golden-samples.ts';
import { importedTeachers } from './applied-teachers.ts';
import { runFewstep } from './run-fewstep.ts';

const family = 'calm-energy';
const cases = ['a', 'b'].map((golden) => [family, golden] as const);
const { inFolder, teacher } = importedTeachers(cases);

const apply = async (golden: string, inputs: string, ...words: string[]) => {
  const out = inFolder('out.safetensors');
  await runFewstep('apply', teacher(family, golden), '--inputs', inputs, '--out', out, ...words);
  return readSafetensors(out);
};

/** Some of a golden file's tensors as inputs. */
const given = async (part: string, names: Readonly<Record<string, string>>): Promise<string> => {
  const all = await readSafetensors(goldenPath(family, part));
  const path = inFolder('given.safetensors');
  const tensors = Object.entries(names).map(([to, from]) => [to, all[from] as HostTensor]);
  await writeSafetensors(path, Object.fromEntries(tensors));
  return path;
};

/** The noise of the first draw of a golden loss [4, 6]. */
const firstDraw = (all: Readonly<Record<string, HostTensor>>): Float32Array =>
  Float32Array.from(all['in.u']?.data ?? []).slice(0, 24);

describe("apply, of CALM's energy head", () => {
  it.each(cases)(
    'gives the original samples of several draws a condition, and its outputs: %s %s',
    async (_, golden) => {
      const inputs = goldenPath(family, `${golden}.sample`);
      const expected = (await readSafetensors(inputs))['one.x'] as HostTensor;
      const sampled = await apply(golden, inputs, '--group', 'one', '--output', 'trajectory');
      const output = await apply(golden, inputs, '--group', 'one');
      expect(Object.keys(sampled)).toEqual(['x']);
      expect(sampled.x?.shape).toEqual(expected.shape);
      const error = relativeError(sampled.x?.data ?? [], expected.data);
      shown('one call', golden, error);
      expect(error).toBeLessThan(3e-6);
      expect(output.out).toEqual(sampled.x);
    },
  );

  it('derives along a direction of the noise, with the output beside', async () => {
    const inputs = goldenPath(family, 'a.io');
    const expected = await readSafetensors(inputs);
    const { out, value } = await apply('a', inputs, '--group', 'jvp', '--output', 'jvp');
    expect(relativeError(out?.data ?? [], expected['jvp.out']?.data ?? [])).toBeLessThan(3e-6);
    expect(relativeError(value?.data ?? [], expected.out?.data ?? [])).toBeLessThan(3e-6);
  });

  it('draws noise uniform from −½ to ½ of the width that the head has, and writes it', async () => {
    const inputs = await given('a.sample', { c: 'one.c' });
    const first = await apply('a', inputs, '--output', 'trajectory', '--seed', '3');
    expect([first.u?.shape, first.x?.shape]).toEqual([
      [3, 6],
      [3, 8],
    ]);
    const numbers = Array.from(first.u?.data ?? []);
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThan(0.5);
    expect([Math.min(...numbers) < -0.2, Math.max(...numbers) > 0.2]).toEqual([true, true]);
    await writeSafetensors(inputs, { c: (await readSafetensors(inputs)).c as HostTensor, u: first.u as HostTensor });
    const again = await apply('a', inputs, '--output', 'trajectory');
    expect(again.x).toEqual(first.x);
    expect(again.u).toBeUndefined();
    expect((await apply('a', await given('a.sample', { c: 'one.c' }), '--output', 'trajectory')).u).not.toEqual(
      first.u,
    );
  });

  it.each([
    [['--output', 'flow'], '--output flow'],
    [['--output', 'step'], '--output step'],
    [['--output', 'trajectory', '--steps', '4'], '--steps 4'],
    [['--output', 'trajectory', '--solver', 'euler'], '--solver euler'],
    [['--guidance', '2'], '--guidance 2'],
  ])('refuses what only a flow has: %s', async (words, flag) => {
    await expect(apply('a', goldenPath(family, 'a.io'), ...words)).rejects.toThrow(
      `${flag}: expected none, calm-energy makes a token in one call, without a flow or guidance`,
    );
  });

  it('says which tensor is of another size', async () => {
    const short = await given('a.grad', { 'in.c': 'in.c', 'in.u': 'in.u', 'in.mean': 'in.mean', 'in.log_std': 'in.c' });
    await expect(apply('a', short, '--output', 'loss')).rejects.toThrow('in.log_std: expected [4, 8], got [4, 32]');
    const all = await readSafetensors(goldenPath(family, 'a.grad'));
    const inputs = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('in.')));
    const one = { shape: [1, 4, 6], data: firstDraw(all) };
    await writeSafetensors(short, { ...inputs, 'in.u': one });
    await expect(apply('a', short, '--output', 'loss')).rejects.toThrow('in.u: expected 2 draws or more, got 1');
  });

  it('counts equal tokens as no distance, with gradient 0', async () => {
    const all = await readSafetensors(goldenPath(family, 'a.grad'));
    const inputs = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('in.')));
    const first = firstDraw(all);
    const path = inFolder('equal.safetensors');
    await writeSafetensors(path, {
      ...inputs,
      'in.u': { shape: [2, 4, 6], data: Float32Array.of(...first, ...first) },
    });
    const found = await apply('a', path, '--output', 'loss');
    expect(Object.values(found).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    expect(found['grad.c']?.data.some((value) => value !== 0)).toBe(true);
  });
});
