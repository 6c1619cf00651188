import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
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
    ['sphere-ar', 'cfg', 'cfg.out', []],
  ])('guided outputs of %s, group %s, as %s', async (family, group, name, words) => {
    const { found, expected } = await applied(family, 'a', 'io', '--group', group, ...words);
    expect(found.out?.shape).toEqual(expected[name]?.shape);
    expect(relativeError(numbers(found, 'out'), numbers(expected, name))).toBeLessThan(1e-5);
  });

  it.each([
    ['nextstep', ['jvp.out_x_and_t', 'jvp.out_t_only']],
    ['sphere-ar', ['jvp.out_x_and_t', 'jvp.out_t_only'], 2e-4], // 1000·t: float32 holds the derivative to 3e-5
    ['pocket-tts', ['jvp.dt', 'jvp.ds_plus_vdx']],
    ['calm-energy', ['jvp.out'], 3e-6],
  ] as const)('derivatives of %s', async (family, names, bound: number = 1e-5) => {
    for (const golden of ['a', 'b']) {
      const { found, expected } = await applied(family, golden, 'io', '--group', 'jvp', '--output', 'jvp');
      for (const name of names) {
        const error = relativeError(numbers(found, name.replace('jvp.', '')), numbers(expected, name));
        shown('apply', family, golden, name, error);
        expect(error).toBeLessThan(bound);
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
    ['sphere-ar', 'em20cfg', []],
    ['sphere-ar', 'em5cfg', []],
    ['sphere-ar', 'em1cfg', []],
    ['sphere-ar', 'ode20cfg', ['--solver', 'ode']],
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

describe('apply, of SphereAR', () => {
  it.each(['em5cfg', 'ode5'])('puts what it sampled on the sphere: run %s', async (run) => {
    const how = ['--group', run, '--output', 'trajectory', ...(run.startsWith('ode') ? ['--solver', 'ode'] : [])];
    const { found, expected } = await applied('sphere-ar', 'a', 'sample', ...how);
    expect(relativeError(numbers(found, 'denorm'), numbers(expected, `${run}.norm`))).toBeLessThan(3e-6);
  });

  it.each([
    ['pos0', 6, []],
    ['pos4', 3, []],
    ['pos4', 3, ['--guidance', '4.6', '--guidance-schedule', 'linear-mar', '--token', '4/9']],
    ['pos4const', 3, []],
    ['pos4plain', 3, []],
  ] as const)(
    'takes hidden states at a place, as the model calls it: run %s, %i rows, %s',
    async (run, rows, words) => {
      const how = ['--group', run, '--output', 'trajectory', '--steps', '8', ...words];
      const { found, expected } = await applied('sphere-ar', 'a', 'sample', ...how);
      const wanted = numbers(expected, `${run}.out`);
      expect(found.denorm?.shape).toEqual([rows, 8]);
      expect(relativeError(numbers(found, 'denorm'), Array.from(wanted).slice(0, rows * 8))).toBeLessThan(3e-6);
    },
  );

  it('refuses hidden states without their place, or of none that there is', async () => {
    const all = await readSafetensors(goldenPath('sphere-ar', 'a.sample'));
    const inputs = inFolder('no-place.safetensors');
    const run = async (position?: number) => {
      const given = { hidden: all['pos4plain.hidden'], noise: all['pos4plain.noise'], z: all['pos4plain.z'] };
      const at = position === undefined ? {} : { position: { shape: [1], data: Int32Array.of(position) } };
      await writeSafetensors(inputs, { ...(given as Record<string, HostTensor>), ...at });
      const words = ['--inputs', inputs, '--out', inFolder('o.safetensors'), '--output', 'trajectory', '--steps', '8'];
      return runFewstep('apply', teacher('sphere-ar', 'a'), ...words);
    };
    await expect(run()).rejects.toThrow('position: expected a whole number from 0 to 8 beside hidden, got none');
    await expect(run(9)).rejects.toThrow('position: expected a whole number from 0 to 8 beside hidden, got 9');
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
