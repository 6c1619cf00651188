import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/ground/file/npy.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { relativeError } from '../eager.ts';
import { goldenPath, rowError } from '../heads/original/golden-samples.ts';
import { importedTeachers } from './applied-teachers.ts';
import { runFewstep } from './run-fewstep.ts';

const { inFolder, teacher } = importedTeachers([
  ['nextstep', 'a'],
  ['mar', 'a'],
  ['pocket-tts', 'a'],
]);

const numbers = (tensors: Record<string, HostTensor>, name: string): ArrayLike<number> => tensors[name]?.data ?? [];

describe('apply', () => {
  const run = (...words: string[]): Promise<string> =>
    runFewstep('apply', teacher('nextstep', 'a'), '--out', inFolder('o.safetensors'), ...words);
  const samples = goldenPath('nextstep', 'a.sample');
  const io = goldenPath('nextstep', 'a.io');

  it('draws what a stochastic rule is not given from the seed and writes it, so that the run can be repeated', async () => {
    const { c } = await readSafetensors(io);
    const [inputs, first, again] = ['only-c', 'first', 'again'].map((name) => inFolder(`${name}.safetensors`));
    await writeSafetensors(inputs ?? '', { c: c as HostTensor });
    const how = ['--output', 'trajectory', '--solver', 'sde', '--steps', '3', '--guidance', '2'];
    const words = (from = '', to = '') => ['apply', teacher('nextstep', 'a'), '--inputs', from, '--out', to, ...how];
    await runFewstep(...words(inputs, first), '--seed', '7');
    const drawn = await readSafetensors(first ?? '');
    expect(drawn.z?.shape).toEqual([3, 3, 8]);
    expect(drawn.noise?.shape).toEqual([3, 8]);
    await writeSafetensors(inputs ?? '', {
      c: c as HostTensor,
      noise: drawn.noise as HostTensor,
      z: drawn.z as HostTensor,
    });
    await runFewstep(...words(inputs, again));
    const repeated = await readSafetensors(again ?? '');
    expect(repeated.x?.data).toEqual(drawn.x?.data);
    expect(Object.keys(repeated).sort()).toEqual(['t', 'v', 'x']);
  });

  it('reads and writes folders of .npy files', async () => {
    const out = inFolder('npy');
    await run('--inputs', io, '--out', out, '--format', 'npy');
    const { out: expected, x, t, c } = await readSafetensors(io);
    const found = await readNpy(join(out, 'out.npy'));
    expect(relativeError(found.data, expected?.data ?? [])).toBeLessThan(1e-5);
    const given = inFolder('given');
    const { writeNpy } = await import('../../src/ground/file/npy.ts');
    for (const [name, tensor] of Object.entries({ x, t, c }))
      await writeNpy(join(given, `${name}.npy`), tensor as HostTensor);
    expect(await run('--inputs', given)).toContain('out [6, 8]');
  });

  it('guides by the place of a token in its generation', async () => {
    const how = ['--inputs', samples, '--group', 'ode4', '--output', 'trajectory'];
    await run(...how, '--guidance', '5', '--guidance-schedule', 'linear-2025', '--token', '1/2');
    const scheduled = await readSafetensors(inFolder('o.safetensors'));
    await run(...how, '--guidance', '3');
    const constant = await readSafetensors(inFolder('o.safetensors'));
    expect(scheduled.x?.data).toEqual(constant.x?.data);
    await expect(run(...how, '--guidance-schedule', 'linear-2025')).rejects.toThrow('expected --token <made>/<all>');
  });

  it('takes hidden states through the layer that stands before the head', async () => {
    const { x, t, hidden, out } = (await readSafetensors(io)) as Record<string, HostTensor>;
    const given = inFolder('hidden.safetensors');
    await writeSafetensors(given, { x, t, hidden } as Record<string, HostTensor>);
    await run('--inputs', given);
    const found = await readSafetensors(inFolder('o.safetensors'));
    expect(relativeError(numbers(found, 'out'), out?.data ?? [])).toBeLessThan(1e-5);
  });

  it('gives the straight-line velocity of a noise predictor', async () => {
    const all = (await readSafetensors(goldenPath('mar', 'a.io'))) as Record<string, HostTensor<Float32Array>>;
    const [x = [], t = [], out = [], bars = []] = ['x', 't', 'out', 'schedule.alphas_cumprod'].map(
      (name) => all[name]?.data,
    );
    // Before index 980, after which velocities are those of 980.
    const rows = Array.from(t, (_, row) => row).filter((row) => (t[row] ?? 0) <= 980);
    const at = (row: number) => {
      const bar = bars[t[row] ?? 0] ?? 1;
      return { signal: Math.sqrt(bar), noise: Math.sqrt(1 - bar) };
    };
    const each = (value: (row: number, column: number) => number) => ({
      shape: [rows.length, 4],
      data: Float32Array.from(rows.flatMap((row) => [0, 1, 2, 3].map((column) => value(row, column)))),
    });
    const state = each((row, column) => (x[row * 4 + column] ?? 0) / (at(row).signal + at(row).noise));
    const times = Float32Array.from(rows, (row) => at(row).signal / (at(row).signal + at(row).noise));
    const given = inFolder('flow.safetensors');
    const c = {
      shape: [rows.length, 24],
      data: Float32Array.from(rows.flatMap((row) => [...(all.c?.data.subarray(row * 24, row * 24 + 24) ?? [])])),
    };
    await writeSafetensors(given, { x: state, t: { shape: [rows.length], data: times }, c });
    const file = inFolder('flow-out.safetensors');
    await runFewstep('apply', teacher('mar', 'a'), '--inputs', given, '--out', file, '--output', 'flow');
    const found = await readSafetensors(file);
    const expected = each((row, column) => {
      const { signal, noise } = at(row);
      return (
        ((x[row * 4 + column] ?? 0) / (signal + noise) - (out[row * 8 + column] ?? 0)) / (signal / (signal + noise))
      );
    });
    expect(rowError(numbers(found, 'out'), expected.data, 4)).toBeLessThan(1e-4);
    await runFewstep(
      ...['apply', teacher('mar', 'a'), '--inputs', given, '--out', file],
      ...['--output', 'trajectory', '--solver', 'flow-midpoint', '--steps', '4'],
    );
    expect((await readSafetensors(file)).x?.shape).toEqual([5, rows.length, 4]);
  });

  it('gives a head between two times both, where its outputs are guided, too', async () => {
    const [path, inputs, to] = [teacher('pocket-tts', 'a'), goldenPath('pocket-tts', 'a.io'), inFolder('two-times')];
    const card = JSON.parse(await readFile(join(path, 'card.json'), 'utf8'));
    await writeFile(join(path, 'card.json'), JSON.stringify({ ...card, conventions: {} }));
    await runFewstep('apply', path, '--inputs', inputs, '--out', to);
    const [found, { out }] = [await readSafetensors(to), await readSafetensors(inputs)];
    expect(relativeError(found.out?.data ?? [], out?.data ?? [])).toBeLessThan(3e-6);
  });

  it('normalizes sampled tokens where it is told to', async () => {
    await run('--inputs', samples, '--group', 'ode4', '--output', 'trajectory', '--use-norm');
    const { denorm } = await readSafetensors(inFolder('o.safetensors'));
    const row = Array.from(denorm?.data.slice(0, 8) ?? []);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
    expect(row.reduce((sum, value) => sum + value ** 2, 0) / 8).toBeCloseTo(1, 4);
  });

  it.each([
    [
      'a group that is not there',
      ['--inputs', samples, '--group', 'ode21'],
      'expected tensors named ode21.…, found the groups',
    ],
    [
      'a solver of another family',
      ['--inputs', samples, '--output', 'trajectory', '--solver', 'ddpm'],
      'nextstep samples by ode, sde, cps, em2025, em11, got ddpm',
    ],
    [
      'a number of normals',
      ['--inputs', samples, '--group', 'sde20', '--output', 'trajectory', '--solver', 'sde', '--steps', '4'],
      'tensor sde20.z: expected [4, 3, 8], got [20, 3, 8]',
    ],
    ['inputs that are not there', ['--inputs', join('nowhere', 'x.safetensors')], 'nowhere'],
  ])('says what is wrong in one line: %s', async (_, words, message) => {
    const failure: unknown = await run(...words).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain(message);
    expect((failure as Error).message).not.toContain('\n');
  });

  it('says which tensor is missing, and which guidance', async () => {
    const part = inFolder('part.safetensors');
    const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    await writeSafetensors(part, { x: tensor(3, 8), t: tensor(3) });
    await expect(run('--inputs', part)).rejects.toThrow('expected a tensor c [rows, 24], found t, x');
    await writeSafetensors(part, { x: tensor(3, 8), t: tensor(3), c: tensor(6, 24) });
    await expect(run('--inputs', part)).rejects.toThrow('c holds 2 groups: expected --guidance <scale>');
    await writeSafetensors(part, { x: tensor(3, 8), t: tensor(3), c: tensor(9, 24) });
    await expect(run('--inputs', part, '--guidance', '2')).rejects.toThrow('expected --guidance-image <scale>');
    await expect(run('--inputs', io, '--guidance', '2')).rejects.toThrow(
      'c: expected 12 rows (2 groups) to guide 6 rows of x, or the same x in each group, got 6',
    );
    await expect(run('--inputs', part, '--output', 'trajectory', '--steps', '5', '--skip', '5')).rejects.toThrow(
      '--skip: expected less than the 5 steps, got 5',
    );
  });

  it('refuses numbers that are not finite, and shapes that do not fit the head', async () => {
    const { x, t, c } = (await readSafetensors(io)) as Record<string, HostTensor<Float32Array>>;
    const bad = inFolder('bad.safetensors');
    const spoilt = { shape: t?.shape ?? [], data: Float32Array.from(t?.data ?? []).fill(Number.NaN, 2, 3) };
    await writeSafetensors(bad, { x: x as HostTensor, t: spoilt, c: c as HostTensor });
    await expect(run('--inputs', bad)).rejects.toThrow('tensor t: expected finite numbers, got NaN at element 2');
    await writeSafetensors(bad, { x: c as HostTensor, t: t as HostTensor, c: c as HostTensor });
    await expect(run('--inputs', bad)).rejects.toThrow('tensor x: expected [rows, 8], got [6, 24]');
  });

  it('never writes over its inputs or into the head', async () => {
    const copy = inFolder('copy.safetensors');
    await copyFile(io, copy);
    await expect(run('--inputs', copy, '--out', copy)).rejects.toThrow('is the inputs');
    expect(await readFile(copy)).toEqual(await readFile(io));
    const weights = join(teacher('nextstep', 'a'), 'weights.safetensors');
    await expect(run('--inputs', copy, '--out', weights)).rejects.toThrow('expected a path outside of it');
  });

  it('tells weights of an original system from students', async () => {
    const weights = fileURLToPath(new URL('../fixtures/nextstep-a.weights.safetensors', import.meta.url));
    await expect(runFewstep('apply', weights, '--inputs', io, '--out', inFolder('o'))).rejects.toThrow(
      'fewstep teacher import',
    );
  });
});
