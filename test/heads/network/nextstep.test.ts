import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { meanSquare } from '../../../src/distillation/method/distance.ts';
import { compile } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { headConfig } from '../../../src/heads/network/config.ts';
import { applyHead, modulate } from '../../../src/heads/network/skeleton.ts';
import { relativeError } from '../../eager.ts';

const read = async (part: string): Promise<Record<string, HostTensor>> => {
  const file = await openSafetensors(
    fileURLToPath(new URL(`../../fixtures/nextstep-a.${part}.safetensors`, import.meta.url)),
  );
  return file.readAll().finally(() => file.close());
};

const prefix = 'image_head.net.';
const head = async (): Promise<Parameters> => {
  const tensors = Object.entries(await read('weights')).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(tensors.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as Parameters;
};

const engines: Engine[] = [cpuEngine(), { kind: 'tfjs', provider: 'cpu', threads: 1 }];

describe.each(engines)("the head of NextStep-1's code on $kind", (engine) => {
  it('gives the same outputs', async () => {
    const parameters = await head();
    const config = headConfig(parameters, 1);
    const io = await read('io');
    const rows = io.x?.shape[0] ?? 0;
    const program = await compile(
      (inputs) => ({
        out: applyHead(
          inputs,
          tf.expandDims(named(inputs, 'x'), 1),
          modulate(inputs, config, named(inputs, 't'), named(inputs, 'c')),
        ),
      }),
      { x: { shape: [rows, config.token] }, t: { shape: [rows] }, c: { shape: [rows, config.condition] } },
      { engine, constants: parameters },
    );
    const { out } = await program.run({ x: io.x as HostTensor, t: io.t as HostTensor, c: io.c as HostTensor });
    expect(relativeError(out?.data ?? [], io.out?.data ?? [])).toBeLessThan(1e-5);
    await program.dispose();
  });

  it('gives the same training loss and gradient of every parameter', async () => {
    const parameters = await head();
    const config = headConfig(parameters, 1);
    const grad = await read('grad');
    const inputs = Object.fromEntries(
      ['x_t', 't', 'c', 'target', 'noise'].map((name) => [name, grad[`in.${name}`] as HostTensor]),
    );
    const program = await compile(
      (all) => {
        const own: NamedTensors = Object.fromEntries(Object.entries(all).filter(([name]) => name in parameters));
        const velocity = tf.expandDims(tf.sub(named(all, 'target'), named(all, 'noise')), 1);
        const { values, gradients } = valueAndGradients((weights) => {
          const by = modulate(weights, config, named(all, 't'), named(all, 'c'));
          return { loss: meanSquare(applyHead(weights, tf.expandDims(named(all, 'x_t'), 1), by), velocity) };
        }, own);
        const outputs = Object.entries(gradients).map(([name, gradient]) => [`gradient/${name}`, gradient]);
        return { ...Object.fromEntries(outputs), ...values };
      },
      Object.fromEntries(Object.entries({ ...parameters, ...inputs }).map(([name, { shape }]) => [name, { shape }])),
      { engine },
    );
    const out = await program.run({ ...parameters, ...inputs });
    expect(out.loss?.data[0]).toBeCloseTo(grad['loss.mean']?.data[0] ?? Number.NaN, 5);
    for (const name of Object.keys(parameters))
      expect(
        relativeError(out[`gradient/${name}`]?.data ?? [], grad[`grad.${prefix}${name}`]?.data ?? []),
        name,
      ).toBeLessThan(1e-4);
    await program.dispose();
  });
});
