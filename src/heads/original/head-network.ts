import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { HeadConfig } from '../network/config.ts';
import { headOutput, takesTwoTimes } from '../network/output.ts';
import { headVelocity } from '../velocity.ts';
import { joined } from './rows.ts';
import type { Evaluate, NetworkKind } from './rule.ts';

/** A compiled head, to be disposed of. */
export interface HeadNetwork {
  readonly evaluate: Evaluate;
  readonly dispose: () => Promise<void>;
}

/** Rows of a call at most: all modulations of its rows are in memory at a time. */
const LARGEST_CALL = 512;

/** What is computed of a head: its own output at its own times, or the velocity of the straight-line flow. */
const networks: Readonly<Record<NetworkKind, (all: NamedTensors, config: HeadConfig, x: tf.Tensor) => tf.Tensor>> = {
  own: (all, config, x) => {
    const times = { t: named(all, 't'), ...(all.s && { s: all.s }) };
    return headOutput(all, config, x, times, named(all, 'c'));
  },
  flow: (all, config, x) => headVelocity(all, config, named(all, 'c'))(x, named(all, 't')),
};

/** Compiles a head as the samplers call it: rows of x, of times and of conditions. */
export async function headNetwork(
  parameters: Parameters,
  config: HeadConfig,
  engine: Engine,
  kind: NetworkKind = 'own',
): Promise<HeadNetwork> {
  const twoTimes = takesTwoTimes(config) && kind === 'own';
  const specs: Record<string, TensorSpec> = {
    x: { shape: ['batch', config.token] },
    t: { shape: ['batch'] },
    c: { shape: ['batch', config.condition] },
    ...(twoTimes && { s: { shape: ['batch'] } }),
  };
  const program = await compile(
    (all) => ({ out: tf.squeeze(networks[kind](all, config, tf.expandDims(named(all, 'x'), 1)), [1]) }),
    specs,
    { engine, constants: parameters },
  );
  return {
    evaluate: async ({ x, t, s, c }) => {
      const feeds = { x, c, t: column(t), ...(twoTimes && { s: column(s ?? t) }) };
      const parts: Float32Array[] = [];
      for (let from = 0; from < t.length; from += LARGEST_CALL) {
        const { out } = await program.run(rowsOf(feeds, from, Math.min(from + LARGEST_CALL, t.length)));
        parts.push(out?.data as Float32Array);
      }
      return parts.length === 1 && parts[0] ? parts[0] : joined(parts);
    },
    dispose: () => program.dispose(),
  };
}

const column = (data: Float32Array): HostTensor<Float32Array> => ({ shape: [data.length], data });

/** Rows `from` … `to` − 1 of every tensor. */
const rowsOf = (
  tensors: Readonly<Record<string, HostTensor<Float32Array>>>,
  from: number,
  to: number,
): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const width = data.length / (shape[0] ?? 1);
      return [name, { shape: [to - from, ...shape.slice(1)], data: data.subarray(from * width, to * width) }];
    }),
  );
