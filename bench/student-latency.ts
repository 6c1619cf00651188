import type * as tf from '@tensorflow/tfjs';
import { meanVelocity, studentFromScratch } from '../src/distillation/student/network.ts';
import { sample } from '../src/distillation/student/sampler/sample.ts';
import { compile } from '../src/engine/compile.ts';
import type { Engine, TensorSpec } from '../src/engine/graph/program.ts';
import { measureLatency } from '../src/evaluation/stage/latency.ts';
import type { Latency } from '../src/evaluation/stage/result.ts';
import type { HeadConfig } from '../src/heads/network/config.ts';
import { randomFeeds } from './training-step.ts';

/** The latency of a one-step student by batch size, one draw a context. */
export async function studentLatency(
  config: HeadConfig,
  batches: readonly number[],
  engine: Engine,
): Promise<Latency[]> {
  const specs = (batch: number | 'batch'): Record<string, TensorSpec> => ({
    noise: { shape: [batch, 1, config.token] },
    conditional: { shape: [batch, config.condition] },
    unconditional: { shape: [batch, config.condition] },
    w: { shape: [batch] },
  });
  const program = await compile(
    (inputs) => {
      const input = (name: string): tf.Tensor => inputs[name] as tf.Tensor;
      const context = { conditional: input('conditional'), unconditional: input('unconditional'), w: input('w') };
      return { x: sample('flow-map', meanVelocity(inputs, config, context), input('noise'), { times: [0, 1] }) };
    },
    specs('batch'),
    { engine, constants: studentFromScratch(config, 1) },
  );
  const latencies: Latency[] = [];
  for (const batch of batches) {
    const feeds = randomFeeds(specs(batch));
    latencies.push(await measureLatency(() => program.run(feeds), { batch, calls: 50 }));
  }
  await program.dispose();
  return latencies;
}
