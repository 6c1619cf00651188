import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import { type MarLosses, marLosses } from '../../../src/heads/loss/mar.ts';
import { maskedMean } from '../../../src/heads/loss/masked-mean.ts';
import { noiseSchedule } from '../../../src/heads/loss/noise-schedule.ts';
import { cosineBetas } from '../../../src/heads/network/ddpm-process.ts';
import { relativeError } from '../../eager.ts';
import { evaluated, fixture, under } from './golden-head.ts';
import { skeletonNetwork } from './skeleton-network.ts';

const engines: Engine[] = [cpuEngine(), { kind: 'tfjs', provider: 'cpu', threads: 1 }];
const schedule = noiseSchedule(cosineBetas(1000));

const terms = (parameters: NamedTensors, inputs: NamedTensors, depth: number): MarLosses => {
  const [target, noise] = [tf.expandDims(named(inputs, 'target'), 1), tf.expandDims(named(inputs, 'noise'), 1)];
  const network = skeletonNetwork(parameters, named(parameters, 'c'), depth);
  return marLosses(network, { target, noise, t: named(inputs, 't') }, schedule);
};

describe.each(['mar-a', 'mar-b'])("MAR's training loss, case %s", (name) => {
  const run = async (engine: Engine, reduce: (losses: MarLosses, mask: tf.Tensor) => Record<string, tf.Tensor>) => {
    const { tensors: golden, metadata } = await fixture(`${name}.grad`);
    const prefix = metadata.prefix ?? '';
    const { c, mask, target, noise, t } = under('in.', golden);
    const result = await evaluated(
      (parameters, inputs) =>
        reduce(terms(parameters, inputs, Number(metadata.depth)), named(inputs, 'mask')) as { loss: tf.Tensor },
      { ...under(prefix, (await fixture(`${name}.weights`)).tensors), c } as never,
      { target, noise, t, mask } as never,
      engine,
    );
    return { ...result, expected: (key: string) => golden[key]?.data ?? [], prefix };
  };

  it.each(engines)('has the values and the gradients of the original on $kind', async (engine) => {
    const { values, gradients, expected, prefix } = await run(engine, ({ mse, variational, total }, mask) => ({
      loss: tf.mean(total),
      mse,
      vb: variational,
      total,
      masked: maskedMean(total, mask),
    }));
    for (const [key, golden] of Object.entries({
      loss: 'mean',
      mse: 'mse',
      vb: 'vb',
      total: 'total',
      masked: 'masked',
    }))
      expect(relativeError(values[key]?.data ?? [], expected(`loss.${golden}`)), key).toBeLessThan(1e-5);
    for (const [key, { data }] of Object.entries(gradients))
      expect(relativeError(data, expected(key === 'c' ? 'grad.c' : `grad.${prefix}${key}`)), key).toBeLessThan(1e-4);
  });

  it.each(engines)("has the gradients of the noise's error alone on $kind", async (engine) => {
    const { gradients, expected, prefix } = await run(engine, ({ mse }) => ({ loss: tf.mean(mse) }));
    for (const [key, { data }] of Object.entries(gradients)) {
      const golden = expected(key === 'c' ? 'grad_mse.c' : `grad_mse.${prefix}${key}`);
      if (golden.length > 0) expect(relativeError(data, golden), key).toBeLessThan(1e-4);
    }
  });
});
