import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/ground/file/npy.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { relativeError } from '../eager.ts';
import { goldenPath, shown } from '../heads/original/golden-samples.ts';
import { runFewstep } from './run-fewstep.ts';

type Tensors = Record<string, HostTensor>;

let folder = '';
const at = (name: string): string => join(folder, name);
const cases = [
  ['nextstep', 'a'],
  ['nextstep', 'b'],
  ['mar', 'a'],
  ['mar', 'b'],
  ['pocket-tts', 'a'],
  ['vibevoice', 'a'],
  ['calm-flow', 'a'],
  ['calm-flow', 'b'],
  ['sphere-ar', 'a'],
  ['calm-energy', 'a'],
] as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-loss-'));
  for (const [family, golden] of cases)
    await runFewstep(
      ...['teacher', 'import', goldenPath(family, `${golden}.weights`)],
      ...['--family', family, '--out', at(`${family}-${golden}`)],
    );
});
afterAll(() => rm(folder, { recursive: true }));

const apply = (teacher: string, inputs: string, ...words: string[]): Promise<string> =>
  runFewstep('apply', at(teacher), '--inputs', inputs, '--out', at('out'), '--output', 'loss', ...words);

const golden = (family: string, name: string): Promise<Tensors> => readSafetensors(goldenPath(family, `${name}.grad`));

/** The tensors of a golden file whose names start like this. */
const starting = (tensors: Tensors, ...starts: string[]): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => starts.some((start) => name.startsWith(start))));

/** Fails unless the results are those that the goldens hold, name for name. */
function expectGolden(found: Tensors, expected: Tensors): void {
  let worst = 0;
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(found[name]?.shape, name).toEqual(shape);
    const error = relativeError(found[name]?.data ?? [], data);
    expect(error, name).toBeLessThan(1e-4);
    worst = Math.max(worst, error);
  }
  shown('losses', String(Object.keys(expected).length), worst);
}

describe('apply --output loss', () => {
  it.each(cases)(
    'gives every loss and gradient of a golden file that it is handed whole: %s %s',
    async (family, name) => {
      await apply(`${family}-${name}`, goldenPath(family, `${name}.grad`));
      const all = await golden(family, name);
      const inputs = starting(all, 'in.', 'mid.', 'weighting.');
      const others = starting(all, 'out', 'outer.', 'mul4.'); // of the network itself, and of batches put together elsewhere
      const expected = Object.fromEntries(
        Object.entries(all).filter(([key]) => !Object.hasOwn(inputs, key) && !Object.hasOwn(others, key)),
      );
      const found = await readSafetensors(at('out'));
      expectGolden(found, expected);
      const own = Object.keys(found).filter((key) => !Object.hasOwn(expected, key));
      expect(own.sort()).toEqual(family === 'mar' ? ['grad_mse.c', 'loss.per_sample'] : []);
    },
  );

  it('takes whole numbers in a column as steps, no mask, and folders of .npy files', async () => {
    const given = starting(await golden('mar', 'a'), 'in.');
    const { 'in.mask': _, ...rest } = given;
    const steps = { shape: [8, 1], data: Int32Array.from(given['in.t']?.data ?? []) };
    await writeSafetensors(at('steps'), { ...rest, 'in.t': steps });
    expect(await apply('mar-a', at('steps'))).toContain('and 51 more');
    const { 'loss.masked': masked, 'loss.vb': vb } = await readSafetensors(at('out'));
    expect(masked).toBeUndefined();
    await runFewstep(
      ...['apply', at('mar-a'), '--inputs', goldenPath('mar', 'a.grad')],
      ...['--out', at('npy'), '--format', 'npy', '--output', 'loss'],
    );
    expect((await readNpy(at('npy/loss.vb.npy'))).data).toEqual(vb?.data);
  });

  it("gives those of pocket-tts' variants whose inputs are there, or the one that is asked for", async () => {
    const all = await golden('pocket-tts', 'a');
    const variants = async (): Promise<string[]> => {
      const found = await readSafetensors(at('out'));
      expectGolden(found, starting(all, ...Object.keys(found)));
      return [...new Set(Object.keys(found).map((name) => name.replace(/\..*/, '')))];
    };
    await writeSafetensors(at('unweighed'), starting(all, 'in.'));
    await apply('pocket-tts-a', at('unweighed'));
    expect(await variants()).toEqual(['lsd_eval_plain']);
    const { 'in.s': _, ...diagonal } = starting(all, 'in.', 'weighting.');
    await writeSafetensors(at('diagonal'), diagonal);
    await apply('pocket-tts-a', at('diagonal'));
    expect(await variants()).toEqual(['lsd_skip']);
    await apply('pocket-tts-a', goldenPath('pocket-tts', 'a.grad'), '--variant', 'lsd_classic');
    expect(await variants()).toEqual(['lsd_classic']);
    await writeSafetensors(at('masked'), {
      ...starting(all, 'in.', 'weighting.'),
      'in.mask': { shape: [8], data: Float32Array.of(0, 1, 0, 0, 0, 1, 0, 0) },
    });
    await apply('pocket-tts-a', at('masked'));
    const masked = (await readSafetensors(at('out')))['lsd_minimal.loss.masked'];
    const each = all['lsd_minimal.loss.per_sample']?.data ?? [];
    expect(relativeError(masked?.data ?? [], [((each[1] ?? 0) + (each[5] ?? 0)) / 2])).toBeLessThan(1e-5);
    await expect(apply('pocket-tts-a', at('unweighed'), '--variant', 'lsd_skip')).rejects.toThrow(
      'expected a tensor in.weighting.w_s_t.0.weight [32, 2], found in.c',
    );
    await expect(apply('mar-a', goldenPath('mar', 'a.grad'), '--variant', 'lsd_skip')).rejects.toThrow(
      '--variant lsd_skip: expected none, mar has one loss',
    );
  });

  const filled = (value: number, ...shape: number[]): HostTensor => ({
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value),
  });

  it.each([
    ['mar', 'in.noise', undefined, 'expected a tensor in.noise [8, 4], found in.c, in.mask, in.t'],
    ['mar', 'in.noise', filled(0, 8, 3), 'tensor in.noise: expected [8, 4], got [8, 3]'],
    ['mar', 'in.c', filled(Number.NaN, 8, 24), 'tensor in.c: expected finite numbers, got NaN at element 0'],
    ['mar', 'in.t', filled(3.5, 8), 'tensor in.t: expected whole steps from 0 (almost clean) to 999, got 3.5'],
    ['mar', 'in.t', filled(1000, 8), 'tensor in.t: expected whole steps from 0 (almost clean) to 999, got 1000'],
    ['mar', 'in.mask', filled(0, 8), 'tensor in.mask: expected a row that counts, got only 0'],
    ['mar', 'in.mask', filled(0.5, 8), 'tensor in.mask: expected 0 and 1, got 0.5 at element 0'],
    [
      'nextstep',
      'in.t',
      filled(500, 8),
      'tensor in.t: expected times from 0 (noise) to 1 (data), got 500 at element 0',
    ],
    ['pocket-tts', 'weighting.w_s_t.4.bias', filled(0, 2), 'tensor weighting.w_s_t.4.bias: expected [32], got [2]'],
  ])('says in one line what is wrong: %s %s', async (family, name, tensor, message) => {
    const given = starting(await golden(family, 'a'), 'in.', 'weighting.');
    const { [name]: _, ...rest } = given;
    await writeSafetensors(at('bad'), { ...rest, ...(tensor && { [name]: tensor }) });
    const failure: unknown = await apply(`${family}-a`, at('bad')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain(`${at('bad')}: ${message}`);
    expect((failure as Error).message).not.toContain('\n');
  });
});
