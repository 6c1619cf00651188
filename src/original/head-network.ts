import * as tf from '@tensorflow/tfjs';
import { compile } from '../graph/compile.ts';
import { named } from '../graph/named.ts';
import type { Engine, TensorSpec } from '../graph/program.ts';
import type { HeadConfig } from '../head/config.ts';
import { headOutput } from '../head/network.ts';
import type { HostTensor, Parameters } from '../host-tensor.ts';
import type { Evaluate } from './rule.ts';

/** A compiled head, to be disposed of. */
export interface HeadNetwork {
  readonly evaluate: Evaluate;
  dispose(): Promise<void>;
}

/** Compiles a head as the samplers call it: rows of x, of its own times and of conditions; raw outputs. */
export async function headNetwork(parameters: Parameters, config: HeadConfig, engine: Engine): Promise<HeadNetwork> {
  const twoTimes = config.architecture === 'two-time';
  const specs: Record<string, TensorSpec> = {
    x: { shape: ['batch', config.token] },
    t: { shape: ['batch'] },
    c: { shape: ['batch', config.condition] },
    ...(twoTimes && { s: { shape: ['batch'] } }),
  };
  const program = await compile(
    (all) => {
      const times = { t: named(all, 't'), ...(twoTimes && { s: named(all, 's') }) };
      const out = headOutput(all, config, tf.expandDims(named(all, 'x'), 1), times, named(all, 'c'));
      return { out: tf.squeeze(out, [1]) };
    },
    specs,
    { engine, constants: parameters },
  );
  return {
    evaluate: async ({ x, t, s, c }) => {
      const times = (values: Float32Array): HostTensor => ({ shape: [values.length], data: values });
      const { out } = await program.run({ x, c, t: times(t), ...(twoTimes && { s: times(s ?? t) }) });
      return out?.data as Float32Array;
    },
    dispose: () => program.dispose(),
  };
}
