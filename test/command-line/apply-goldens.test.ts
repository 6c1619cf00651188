import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { relativeError } from '../eager.ts';
import { goldenPath, rowError, shown } from '../heads/original/golden-samples.ts';
import { importedTeachers, originalCases } from './applied-teachers.ts';
import { runFewstep } from './run-fewstep.ts';

const { inFolder, teacher } = importedTeachers(originalCases);

/** Applies a case's teacher to one of its golden files; gives what was written. */
async function applied(family: string, golden: string, part: string, ...words: string[]) {
  const out = inFolder('out', `${family}-${golden}-${words.join('')}.safetensors`);
  const inputs = goldenPath(family, `${golden}.${part}`);
  await runFewstep('apply', teacher(family, golden), '--inputs', inputs, '--out', out, ...words);
  return { found: await readSafetensors(out), expected: await readSafetensors(inputs) };
}

const numbers = (tensors: Record<string, HostTensor>, name: string): ArrayLike<number> => tensors[name]?.data ?? [];

describe('apply gives the golden numbers of the original code', () => {
  it.each(originalCases)('outputs of %s, case %s', async (family, golden) => {
    const { found, expected } = await applied(family, golden, 'io');
    expect(found.out?.shape).toEqual(expected.out?.shape);
    const error = relativeError(numbers(found, 'out'), numbers(expected, 'out'));
    shown('apply', family, golden, error);
    expect(error).toBeLessThan(1e-5);
  });

  it.each([
    ['nextstep', 'cfg2', 'cfg2.out', ['--guidance', '3']],
    ['nextstep', 'cfg2', 'cfg2.out_norm', ['--guidance', '3', '--guidance-norm']],
    ['nextstep', 'cfg3', 'cfg3.out', ['--guidance', '7.5', '--guidance-image', '2']],
    ['nextstep', 'cfg3', 'cfg3.out_norm', ['--guidance', '7.5', '--guidance-image', '2', '--guidance-norm']],
    ['mar', 'cfg', 'cfg.out', []],
  ])('guided outputs of %s, group %s, as %s', async (family, group, name, words) => {
    const { found, expected } = await applied(family, 'a', 'io', '--group', group, ...words);
    expect(found.out?.shape).toEqual(expected[name]?.shape);
    expect(relativeError(numbers(found, 'out'), numbers(expected, name))).toBeLessThan(1e-5);
  });

  it.each([
    ['nextstep', ['jvp.out_x_and_t', 'jvp.out_t_only']],
    ['pocket-tts', ['jvp.dt', 'jvp.ds_plus_vdx']],
  ])('derivatives of %s', async (family, names) => {
    for (const golden of ['a', 'b']) {
      const { found, expected } = await applied(family, golden, 'io', '--group', 'jvp', '--output', 'jvp');
      for (const name of names) {
        const error = relativeError(numbers(found, name.replace('jvp.', '')), numbers(expected, name));
        shown('apply', family, golden, name, error);
        expect(error).toBeLessThan(1e-5);
      }
    }
  });

  it.each([
    ['nextstep', 'ode20shift', []],
    ['nextstep', 'ode20cfg2', []],
    ['nextstep', 'sde20cfg', ['--solver', 'sde']],
    ['nextstep', 'cps20cfg', ['--solver', 'cps']],
    ['nextstep', 'em2025cfg', ['--solver', 'em2025']],
    ['nextstep', 'em11cfg', ['--solver', 'em11']],
    ['mar', 'ddpm20cfg', []],
    ['mar', 'ddim20cfg', ['--solver', 'ddim']],
    ['mar', 'part_ddpm_cfg', ['--skip', '5']],
    ['vibevoice', 'dpm20cfg', []],
    ['vibevoice', 'sde5cfg', ['--solver', 'sde']],
    ['calm-flow', 'mid8', []],
    ['calm-flow', 'euler5', ['--solver', 'euler']],
    ['pocket-tts', 'lsd1', []],
    ['pocket-tts', 'lsd4cfg', []],
    ['pocket-tts', 'lsd4', []],
  ])('samples of %s, run %s', async (family, run, words) => {
    const how = ['--group', run, '--output', 'trajectory', ...words];
    const { found, expected } = await applied(family, 'a', 'sample', ...how);
    const width = found.x?.shape[2] ?? 0;
    for (const name of ['x', 't', 'v', 'pred_x0', 'timestep_map', 'c', 'denorm']) {
      const wanted = expected[`${run}.${name}`];
      if (run === 'mid8' && name !== 'x') continue; // the goldens have every evaluation, a step has two
      if (wanted === undefined || (name === 'c' && family !== 'pocket-tts')) continue;
      expect(found[name]?.shape, name).toEqual(wanted.shape);
      const error =
        family === 'mar' && wanted.shape.length === 3
          ? rowError(numbers(found, name), wanted.data, width)
          : relativeError(numbers(found, name), wanted.data);
      expect(error, name).toBeLessThan(1e-5);
    }
  });
});

it.each(['ddpm', 'ddim'])('apply gives the golden single steps of MAR, rule %s', async (solver) => {
  const { found, expected } = await applied(
    ...(['mar', 'b', 'sample', '--group', 'step', '--output', 'step', '--solver', solver] as const),
  );
  expect(relativeError(numbers(found, `${solver}_out`), numbers(expected, `step.${solver}_out`))).toBeLessThan(1e-5);
  for (const name of solver === 'ddpm' ? ['pred_x0', 'mean', 'log_variance'] : ['pred_x0'])
    expect(relativeError(numbers(found, name), numbers(expected, `step.${name}`)), name).toBeLessThan(1e-5);
});
