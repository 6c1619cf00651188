import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { flowMatchingLosses } from '../../../src/heads/loss/flow-matching.ts';
import { maskedMean } from '../../../src/heads/loss/masked-mean.ts';
import { relativeError } from '../../eager.ts';
import { evaluated, fixture, under } from './golden-head.ts';
import { skeletonNetwork } from './skeleton-network.ts';

const engines: Engine[] = [cpuEngine(), { kind: 'tfjs', provider: 'cpu', threads: 1 }];

const losses = (parameters: NamedTensors, inputs: NamedTensors, depth: number): tf.Tensor =>
  flowMatchingLosses(skeletonNetwork(parameters, named(parameters, 'c'), depth), {
    target: tf.expandDims(named(inputs, 'target'), 1),
    noise: tf.expandDims(named(inputs, 'noise'), 1),
    t: named(inputs, 't'),
  });

describe.each(['nextstep-a', 'nextstep-b'])("NextStep's training loss, case %s", (name) => {
  it.each(engines)('has the value and the gradients of the original on $kind', async (engine) => {
    const { tensors: golden, metadata } = await fixture(`${name}.grad`);
    const prefix = metadata.prefix ?? '';
    const weights = under(prefix, (await fixture(`${name}.weights`)).tensors);
    const input = under('in.', golden);
    const { target, noise, t, mask, c } = input;
    const { values, gradients } = await evaluated(
      (parameters, inputs) => {
        const each = losses(parameters, inputs, Number(metadata.layers));
        return { loss: tf.mean(each), each, masked: maskedMean(each, named(inputs, 'mask'), 1e-8) };
      },
      { ...weights, c: c as HostTensor },
      { target, noise, t, mask } as Record<string, HostTensor>,
      engine,
    );
    const value = (key: string) => Array.from(values[key]?.data ?? []);
    const expected = (key: string) => golden[key]?.data ?? [];
    expect(relativeError(value('each'), expected('loss.per_sample'))).toBeLessThan(1e-5);
    expect(relativeError(value('loss'), expected('loss.mean'))).toBeLessThan(1e-5);
    expect(relativeError(value('masked'), expected('loss.masked'))).toBeLessThan(1e-5);
    for (const [key, { data }] of Object.entries(gradients))
      expect(relativeError(data, expected(key === 'c' ? 'grad.c' : `grad.${prefix}${key}`)), key).toBeLessThan(1e-4);
  });
});
