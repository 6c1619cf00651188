import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/engine/compile.ts';
import { valueAndGradients } from '../src/engine/graph/gradient.ts';
import type { Engine, NamedTensors, Precision, TensorFunction, TensorSpec } from '../src/engine/graph/program.ts';
import { fill, layoutOf, views } from '../src/engine/training/arena.ts';
import { createOptimizer, type OptimizerName } from '../src/engine/training/optimizer.ts';
import { optimizers } from '../src/engine/training/optimizers.ts';
import { type HostTensor, type Parameters, sizeOf } from '../src/ground/host-tensor.ts';
import { type HeadConfig, headShapes } from '../src/heads/network/config.ts';
import { applyHead, modulate } from '../src/heads/network/skeleton.ts';
import { seconds } from './timing.ts';

/** A head of the shared skeleton by its sizes. */
export const head = (token: number, condition: number, width: number, depth: number): HeadConfig => ({
  token,
  condition,
  width,
  depth,
  timeScale: 1,
});

/** What is trained: `samples` noise draws in all, `draws` of them for each context. */
export interface Workload {
  readonly config: HeadConfig;
  readonly samples: number;
  readonly draws: number;
}

/** The training step of a head, flow matching with gradients as outputs, and the types of its inputs. */
export function trainingStep({ config, samples, draws }: Workload): {
  fn: TensorFunction;
  specs: Record<string, TensorSpec>;
} {
  const contexts = samples / draws;
  const specs: Record<string, TensorSpec> = {
    x: { shape: [contexts, draws, config.token] },
    target: { shape: [contexts, draws, config.token] },
    t: { shape: [contexts] },
    c: { shape: [contexts, config.condition] },
  };
  const shapes = headShapes(config);
  for (const [name, shape] of Object.entries(shapes)) specs[name] = { shape };
  const fn: TensorFunction = (inputs) => {
    const named = (name: string): tf.Tensor => inputs[name] as tf.Tensor;
    const weights: NamedTensors = Object.fromEntries(Object.keys(shapes).map((name) => [name, named(name)]));
    const { values, gradients } = valueAndGradients((parameters) => {
      const velocity = applyHead(parameters, named('x'), modulate(parameters, config, named('t'), named('c')));
      return { loss: tf.mean(tf.square(tf.sub(velocity, named('target')))) };
    }, weights);
    return { ...values, ...Object.fromEntries(Object.entries(gradients).map(([name, d]) => [`d.${name}`, d])) };
  };
  return { fn, specs };
}

/** The number of parameters of a head. */
export const parameterCount = (config: HeadConfig): number =>
  Object.values(headShapes(config)).reduce((sum, shape) => sum + sizeOf(shape), 0);

/** Tensors of small random numbers for inputs. */
export const randomFeeds = (specs: Record<string, TensorSpec>): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => {
      const plain = shape.map(Number);
      return [
        name,
        { shape: plain, data: Float32Array.from({ length: sizeOf(plain) }, () => Math.random() * 0.1 - 0.05) },
      ];
    }),
  );

/** What moves the weights, AdamW unless given, in which numbers products are made, float32 unless given, and what is kept. */
interface StepChoice {
  readonly name?: OptimizerName;
  readonly precision?: Precision;
  /** Whether activations are computed again; not unless given. */
  readonly recompute?: boolean;
}

/** A whole training step, ready to be run. */
interface OpenStep {
  readonly step: () => Promise<{ readonly loss: number; readonly norm: number }>;
  readonly dispose: () => Promise<void>;
}

/**
 * Opens a whole training step: loss and gradients, their norm, and the optimizer's pass, parameters and gradients in the
 * arena as in real training.
 */
export async function openTrainingStep(
  workload: Workload,
  engine: Engine,
  { name = 'adamw', precision = 'float32', recompute = false }: StepChoice,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<OpenStep> {
  const { fn, specs } = trainingStep(workload);
  const shapes = headShapes(workload.config);
  const learnt = (input: string): boolean => Object.hasOwn(shapes, input);
  const parts = { batch: (input: string) => !learnt(input), forward: (output: string) => output === 'loss' };
  const program = await compile(fn, specs, { engine, precision, learnt, recomputed: recompute ? parts : undefined });
  const parameters = Object.fromEntries(Object.keys(shapes).map((name) => [name, feeds[name] as Parameters[string]]));
  const layout = layoutOf(parameters);
  const optimizer = createOptimizer(layout);
  fill(layout, optimizer.state.parameters, parameters);
  const weights = views(layout, optimizer.state.parameters);
  const into = prefixed('d.', views(layout, optimizer.state.gradients));
  const stepper = await optimizers[name](optimizer, layout, engine);
  let step = 0;
  return {
    step: async () => {
      const { loss } = await program.run({ ...feeds, ...weights }, into);
      const norm = optimizer.gradientNorm();
      await stepper.update(knobs, step++, knobs.learningRate, norm);
      return { loss: loss?.data[0] ?? Number.NaN, norm };
    },
    dispose: async () => {
      await stepper.dispose();
      await program.dispose();
    },
  };
}

/** Seconds of one whole training step. */
export async function timeTrainingStep(
  workload: Workload,
  engine: Engine,
  { repeats, ...choice }: StepChoice & { readonly repeats?: number } = {},
): Promise<number> {
  const { step, dispose } = await openTrainingStep(workload, engine, choice, randomFeeds(trainingStep(workload).specs));
  const elapsed = await seconds(step, repeats);
  await dispose();
  return elapsed;
}

const knobs = { learningRate: 1e-4, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0.999 };

const prefixed = <Value>(prefix: string, record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [prefix + name, value]));
