import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { fromBfloat16, toBfloat16 } from '../../../src/ground/file/half.ts';
import { usualFrequencies } from '../../../src/heads/network/frequencies.ts';
import { embeddedTime, sinusoids } from '../../../src/heads/network/time-embedding.ts';
import { relativeError, tensor, values } from '../../eager.ts';

/** Every bfloat16 number of an exponent and the halves between them, which are ties, and their neighbours. */
const times = [0, 1, 28 / 50, 999, 501, 257, 258, 259].concat(
  Array.from({ length: 512 }, (_, i) => (256 + i / 2) / 512),
  Array.from({ length: 512 }, (_, i) => (256 + i / 2) / 512 + 2 ** -23),
  Array.from({ length: 512 }, (_, i) => ((256 + i / 2) / 512) * 2 ** -6 - 2 ** -30),
);
const expected = times.map((time) => fromBfloat16(toBfloat16(time)));

it('times are rounded to bfloat16 to the nearest, ties to even', async () => {
  const convention = { timeScale: 1, bf16Time: true };
  expect(values(() => embeddedTime(convention, tensor(times, [times.length])))).toEqual(expected);
  const program = await compile(
    (all) => ({ found: embeddedTime(convention, named(all, 't')) }),
    { t: { shape: ['batch'] } },
    { engine: cpuEngine() },
  );
  const { found } = await program.run({ t: { shape: [times.length], data: Float32Array.from(times) } });
  expect(Array.from(found?.data ?? [])).toEqual(expected);
});

it('sinusoids of every step of a DDPM are those of phases rounded to float32', async () => {
  const frequencies = usualFrequencies();
  const steps = Float32Array.from({ length: 1000 }, (_, step) => step);
  const phases = Array.from(steps, (step) => Array.from(frequencies, (frequency) => Math.fround(step * frequency)));
  const program = await compile(
    (all) => ({ found: sinusoids(named(all, 't')) }),
    { t: { shape: ['batch'] } },
    { engine: cpuEngine() },
  );
  const { found } = await program.run({ t: { shape: [1000], data: steps } });
  const wanted = phases.flatMap((row) => [...row.map(Math.cos), ...row.map(Math.sin)]);
  expect(relativeError(found?.data ?? [], wanted)).toBeLessThan(2e-7);
  expect(
    relativeError(
      values(() => sinusoids(tf.tensor(steps))),
      wanted,
    ),
  ).toBeLessThan(2e-7);
});

it('times are scaled and cut in float32', () => {
  const cut = embeddedTime({ timeScale: 1000, truncateTime: true }, tf.tensor([0, 0.05, 0.0499999, 0.95, 0.3999, 1]));
  expect(values(() => cut)).toEqual([0, 50, 49, 950, 399, 1000]);
});
