/** A head's training step on the cpu and on WebGPU; prints the losses and how far the results are apart. */
import * as tf from '@tensorflow/tfjs';
import { compile } from '../../src/engine/compile.ts';
import { valueAndGradients } from '../../src/engine/graph/gradient.ts';
import type { NamedTensors, Program, TensorFunction, TensorSpec } from '../../src/engine/graph/program.ts';
import { probeProvider } from '../../src/engine/onnx/provider.ts';
import type { HeadConfig } from '../../src/heads/network/config.ts';
import { initialHead } from '../../src/heads/network/initial.ts';
import { applyHead, modulate } from '../../src/heads/network/skeleton.ts';
import { filled } from '../engine/graph/agreement.ts';

tf.enableProdMode();
const config: HeadConfig = { token: 8, condition: 16, width: 32, depth: 2, timeScale: 1 };
const weights = Object.fromEntries(
  Object.entries(initialHead(config, 1)).map(([name, { shape }], i) => [name, filled(shape, i, -0.3, 0.3)]),
);
const batch = { x: filled([4, 3, 8], 1), target: filled([4, 3, 8], 2), t: filled([4], 3, 0, 1), c: filled([4, 16], 4) };
const feeds = { ...weights, ...batch };
const specs: Record<string, TensorSpec> = Object.fromEntries(
  Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]),
);

const step: TensorFunction = (inputs) => {
  const input = (name: string): tf.Tensor => inputs[name] as tf.Tensor;
  const parameters: NamedTensors = Object.fromEntries(Object.keys(weights).map((name) => [name, input(name)]));
  const { values, gradients } = valueAndGradients((p) => {
    const velocity = applyHead(p, input('x'), modulate(p, config, input('t'), input('c')));
    return { loss: tf.mean(tf.squaredDifference(velocity, input('target'))) };
  }, parameters);
  return { ...values, ...gradients };
};

const run = async (provider: string): Promise<Awaited<ReturnType<Program['run']>>> => {
  const program = await compile(step, specs, { engine: { kind: 'onnx', provider, threads: 1 } });
  const results = await program.run(feeds);
  await program.dispose();
  return results;
};

const probe = await probeProvider('webgpu');
const [cpu, webgpu] = probe.usable ? [await run('cpu'), await run('webgpu')] : [{}, {}];
const pairs = Object.entries(cpu).flatMap(([name, { data }]) =>
  [...data].map((value, i) => [value, webgpu[name]?.data[i] ?? Number.NaN] as const),
);
const most = (numbers: readonly number[]): number => numbers.reduce((largest, number) => Math.max(largest, number), 0);
/** The largest difference, as a part of the largest value. */
const difference = most(pairs.map(([a, b]) => Math.abs(a - b))) / most(pairs.map(([a]) => Math.abs(a)));
console.log(
  JSON.stringify({ probe, cpu: cpu.loss?.data[0], webgpu: webgpu.loss?.data[0], count: pairs.length, difference }),
);
