import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { derivative } from '../../../src/engine/graph/gradient.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine, type NamedTensors, type TensorFunction } from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { usualFrequencies } from '../../../src/heads/network/frequencies.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { relativeError } from '../../eager.ts';
import { goldenHead } from './golden.ts';

const engines: Engine[] = [cpuEngine(), { kind: 'tfjs', provider: 'cpu', threads: 1 }];
const cases = ['nextstep', 'mar', 'pocket-tts', 'vibevoice', 'calm-flow'].flatMap((family) => [
  `${family}-a`,
  `${family}-b`,
]);

/** Rows [R, D] as contexts of one draw each through the network at times [R]; [R, output]. */
const output = (inputs: NamedTensors, config: HeadConfig, x: tf.Tensor, t: tf.Tensor, s: tf.Tensor): tf.Tensor =>
  tf.squeeze(headOutput(inputs, config, tf.expandDims(x, 1), { s, t }, named(inputs, 'c')), [1]);

const column = (io: Readonly<Record<string, HostTensor>>, name: string): HostTensor => {
  const tensor = io[name] ?? io.t;
  return { shape: [tensor?.shape[0] ?? 0], data: tensor?.data ?? new Float32Array() };
};

/** Runs a function of a case's inputs. */
async function run(
  engine: Engine,
  { parameters, io }: Awaited<ReturnType<typeof goldenHead>>,
  fn: TensorFunction,
): Promise<ArrayLike<number>> {
  const names = ['x', 'c', ...(io['jvp.x_tangent'] ? ['jvp.x_tangent'] : []), ...(io['jvp.dt'] ? ['out'] : [])];
  const feeds = Object.fromEntries(names.map((name) => [name, io[name] as HostTensor]));
  const inputs = { ...feeds, s: column(io, 's'), t: column(io, 't') };
  const specs = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape }]));
  const program = await compile(fn, specs, { engine, constants: parameters });
  const { found } = await program.run(inputs);
  await program.dispose();
  return found?.data ?? [];
}

describe.each(engines)('on $kind', (engine) => {
  it.each(cases)('the head of the original code gives the same outputs (%s)', async (name) => {
    const head = await goldenHead(name);
    const found = await run(engine, head, (inputs) => ({
      found: output(inputs, head.config, named(inputs, 'x'), named(inputs, 't'), named(inputs, 's')),
    }));
    expect(relativeError(found, head.io.out?.data ?? [])).toBeLessThan(1.5e-6);
  });

  it.each([
    ['nextstep-a', 'jvp.out_x_and_t'],
    ['nextstep-b', 'jvp.out_t_only'],
    ['vibevoice-a', 'jvp.out_x_and_t'],
    ['calm-flow-b', 'jvp.out_x_only'],
    ['pocket-tts-a', 'jvp.dt'],
    ['pocket-tts-b', 'jvp.ds_plus_vdx'],
  ])('and the same derivative (%s, %s)', async (name, which) => {
    const head = await goldenHead(name);
    const found = await run(engine, head, (inputs) => {
      const [x, s, t] = [named(inputs, 'x'), named(inputs, 's'), named(inputs, 't')];
      const ones = tf.onesLike(t);
      const none = tf.zerosLike(t);
      const along = (dx: tf.Tensor, ds: tf.Tensor, dt: tf.Tensor): tf.Tensor =>
        // one input h moves x, s and t together
        derivative(
          (h) =>
            output(
              inputs,
              head.config,
              tf.add(x, tf.mul(tf.reshape(h, [-1, 1]), dx)),
              tf.add(t, tf.mul(h, dt)),
              tf.add(s, tf.mul(h, ds)),
            ),
          tf.zerosLike(t),
          ones,
        ).tangent;
      const directions: Record<string, () => tf.Tensor> = {
        'jvp.out_x_and_t': () => along(named(inputs, 'jvp.x_tangent'), none, ones),
        'jvp.out_x_only': () => along(named(inputs, 'jvp.x_tangent'), none, none),
        'jvp.out_t_only': () => along(tf.zerosLike(x), none, ones),
        'jvp.dt': () => along(tf.zerosLike(x), none, ones),
        'jvp.ds_plus_vdx': () => along(named(inputs, 'out'), ones, none),
      };
      return { found: directions[which]?.() ?? x };
    });
    expect(relativeError(found, head.io[which]?.data ?? [])).toBeLessThan(1e-5);
  });
});

it('has the frequencies of the original code to the last bit', async () => {
  const { parameters } = await goldenHead('pocket-tts-a');
  expect(usualFrequencies()).toEqual(parameters['time_embed.0.freqs']?.data);
});
