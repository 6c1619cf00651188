import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { derivative, valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { eagerEngine, runOnce } from '../graph/agreement.ts';
import { expectNear } from './near.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

test.each(['drawn', 'swiglu', 'transformer', 'convolutional'])(
  'the derivative of the %s head in t is the central difference, and has a gradient',
  async (name) => {
    const graph = await readOnnxGraph(fixture(`${name}-dynamo.onnx`));
    const golden = await readSafetensors(fixture(`${name}.safetensors`));
    const [x, t, c] = ['x', 't', 'c'].map((key) => golden[`input/${key}`] as HostTensor<Float32Array>);
    if (x === undefined || t === undefined || c === undefined) throw new Error('the fixture lacks inputs');
    const head = onnxFunction(graph);
    const feeds = { ...graph.parameters, x, t, c };
    const value: TensorFunction = (all) => ({ velocity: head(all, all).velocity as tf.Tensor });
    const slope: TensorFunction = (all) => {
      const time = all.t as tf.Tensor;
      const along = (at: tf.Tensor) => head(all, { ...all, t: at }).velocity as tf.Tensor;
      return derivative(along, time, tf.onesLike(time));
    };
    const at = async (delta: number) => {
      const later = { shape: t.shape, data: t.data.map((time) => time + delta) };
      return (await runOnce(value, { ...feeds, t: later }, cpuEngine())).velocity?.data ?? [];
    };
    const [after, before] = [await at(1e-2), await at(-1e-2)];
    const { tangent } = await runOnce(slope, feeds, cpuEngine());
    const difference = Float32Array.from(after, (number, i) => (number - (before[i] ?? 0)) / 2e-2);
    expectNear(tangent, { shape: tangent?.shape ?? [], data: difference }, 1e-2);

    const names = Object.keys(graph.parameters);
    const gradients: TensorFunction = (all) => {
      const wanted = Object.fromEntries(names.map((key) => [key, all[key] as tf.Tensor]));
      const loss = (weights: typeof wanted) => ({
        loss: tf.mean(tf.square(slope({ ...all, ...weights }).tangent as tf.Tensor)),
      });
      return valueAndGradients(loss, wanted).gradients;
    };
    const [traced, eager] = [
      await runOnce(gradients, feeds, cpuEngine()),
      await runOnce(gradients, feeds, eagerEngine),
    ];
    for (const key of names) expectNear(traced[key], eager[key], 1e-4, key);
    const weight = names.find((key) => key.endsWith('time_embed.mlp.0.bias') || key.endsWith('t_embedder.mlp.0.bias'));
    expect(weight).toBeDefined();
    const size = async (delta: number): Promise<number> => {
      const { shape, data } = feeds[weight as keyof typeof feeds] as HostTensor<Float32Array>;
      const moved = { shape, data: data.map((number, i) => number + (i === 1 ? delta : 0)) };
      const { tangent: there } = await runOnce(slope, { ...feeds, [weight ?? '']: moved }, eagerEngine);
      const numbers = [...(there?.data ?? [])];
      return numbers.reduce((sum, number) => sum + number * number, 0) / numbers.length;
    };
    const slopeOfSize = ((await size(1e-2)) - (await size(-1e-2))) / 2e-2;
    const got = traced[weight ?? '']?.data[1] ?? Number.NaN;
    expect(Math.abs(got - slopeOfSize)).toBeLessThan(1e-2 * Math.abs(slopeOfSize) + 1e-4);
  },
);
