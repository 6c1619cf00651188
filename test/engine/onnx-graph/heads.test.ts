import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { cpuEngine, type NamedTensors, type TensorFunction } from '../../../src/engine/graph/program.ts';
import type { OnnxGraph } from '../../../src/engine/onnx-graph/graph.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { eagerEngine } from '../graph/agreement.ts';
import { expectNear } from './near.ts';
import { inputSpecs } from './specs.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

type Tensors = Readonly<Record<string, HostTensor>>;

const part = (tensors: Tensors, prefix: string): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensor]] : [],
    ),
  );

const pick = (tensors: NamedTensors, names: readonly string[]): NamedTensors =>
  Object.fromEntries(names.map((name) => [name, tensors[name] as tf.Tensor]));

/** The sum of the output's products with fixed weights, and its gradients in parameters and float inputs. */
function gradientsOf(graph: OnnxGraph, wanted: readonly string[]): TensorFunction {
  const head = onnxFunction(graph);
  const names = [...Object.keys(graph.parameters), ...wanted];
  return (tensors) => {
    const { values, gradients } = valueAndGradients(
      (differentiated) => {
        const all = { ...tensors, ...differentiated };
        const { velocity } = head(
          pick(all, Object.keys(graph.parameters)),
          pick(
            all,
            graph.inputs.map(({ name }) => name),
          ),
        );
        return {
          loss: tf.sum(tf.mul(velocity as tf.Tensor, all.weights as tf.Tensor)),
          velocity: velocity as tf.Tensor,
        };
      },
      pick(tensors, names),
    );
    return { velocity: values.velocity as tf.Tensor, ...gradients };
  };
}

const heads = ['residual', 'drawn', 'swiglu', 'transformer', 'convolutional'];
const cases = heads.flatMap((head) => ['dynamo', 'script'].map((exporter) => ({ head, exporter })));

test.each(cases)(
  'the $head head of the $exporter exporter gives the values and gradients of PyTorch',
  async ({ head, exporter }) => {
    const graph = await readOnnxGraph(fixture(`${head}-${exporter}.onnx`));
    const golden = await readSafetensors(fixture(`${head}.safetensors`));
    const inputs = part(golden, 'input');
    const slopes = part(golden, 'gradient');
    const weights = golden.weights as HostTensor;
    const specs = {
      ...inputSpecs(graph, { batch: 'batch' }),
      weights: { shape: ['batch', ...weights.shape.slice(1)] },
    } as const;
    const fn = gradientsOf(graph, Object.keys(slopes));
    for (const engine of [eagerEngine, cpuEngine()]) {
      const program = await compile(fn, specs, { engine, constants: graph.parameters });
      const results = await program.run({ ...inputs, weights });
      await program.dispose();
      expectNear(results.velocity, golden.output, 1e-5);
      for (const [name, slope] of Object.entries(slopes)) expectNear(results[name], slope, 1e-5, name);
      for (const [name, slope] of Object.entries(part(golden, exporter))) expectNear(results[name], slope, 1e-5, name);
    }
  },
);
