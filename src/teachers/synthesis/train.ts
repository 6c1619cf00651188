import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { Engine, TensorSpec } from '../../engine/graph/program.ts';
import { train } from '../../engine/training/loop.ts';
import type { TrainingTask } from '../../engine/training/task.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { type FamilyName, families } from '../../heads/family/table.ts';
import { type HeadConfig, headShapes } from '../../heads/network/config.ts';
import { initialHead, initialParameters } from '../../heads/network/initial.ts';
import { architectures } from '../../heads/network/table.ts';
import type { WorldRows, WorldSizes } from './world.ts';

/** How the head of a synthetic model is trained. */
export interface SyntheticTraining {
  readonly family: FamilyName;
  readonly width: number;
  readonly depth: number;
  readonly seed: number;
  readonly steps: number;
  /** Sequences a step, and noise draws a token. */
  readonly sequences: number;
  readonly draws: number;
  readonly engine: Engine;
  readonly checkpoint: string;
  readonly onStep: (step: number, loss?: number) => void;
  readonly signal?: AbortSignal;
}

/** Share of tokens that are trained without their prompt, which is what guidance needs. */
const DROPPED = 0.1;

/** The config of a small head of a family. */
export function syntheticConfig(
  { family, width, depth }: Pick<SyntheticTraining, 'family' | 'width' | 'depth'>,
  { token, condition }: Pick<WorldSizes, 'token' | 'condition'>,
): HeadConfig {
  const { architecture, outputs, timeScale, conventions } = families[family];
  const hidden = (architectures[architecture].hiddenRatio ?? 1) * width;
  return { architecture, token, condition, width, depth, output: outputs * token, hidden, timeScale, ...conventions };
}

/** Trains a small head by its family's official loss on a synthetic world; gives its tensors by their bare names. */
export async function trainSyntheticHead(
  world: (key: string | number, sequences: number) => WorldRows,
  sizes: WorldSizes,
  options: SyntheticTraining,
): Promise<Parameters> {
  const { steps, onStep, signal, engine, checkpoint } = options;
  const config = syntheticConfig(options, sizes);
  const { average } = await train(taskOf(world, sizes, config, options), {
    steps,
    engine,
    checkpoint,
    checkpointEvery: 500,
    logEvery: 20,
    warmup: Math.min(100, steps),
    schedule: 'cosine',
    learningRate: 2e-3,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0,
    clip: 1,
    ema: 0.998,
    onStart: (step) => onStep(step),
    onLog: ({ step, loss }) => onStep(step, loss),
    ...(signal && { signal }),
  });
  const shapes = headShapes(config);
  return Object.fromEntries(Object.entries(average).filter(([name]) => Object.hasOwn(shapes, name)));
}

function taskOf(
  world: (key: string | number, sequences: number) => WorldRows,
  { token, condition, length }: WorldSizes,
  config: HeadConfig,
  { family, seed, steps, sequences, draws }: SyntheticTraining,
): TrainingTask {
  const { training } = families[family];
  if (training === undefined)
    throw new UsageError(`--family ${family}: expected a family whose heads can be distilled`);
  const { times, loss, along = {} } = training;
  const contexts = sequences * length;
  const timeNames = Object.keys(times(stream('names'), 1, 0));
  const specs: Record<string, TensorSpec> = {
    target: { shape: [contexts, 1, token] },
    noise: { shape: [contexts, draws, token] },
    c: { shape: [contexts, condition] },
    ...Object.fromEntries(timeNames.map((name) => [name, { shape: [contexts] }])),
  };
  const parameters = { ...initialHead(config, seed), ...initialParameters(along, seed) };
  return {
    parameters,
    batchSpecs: specs,
    batch: (step) => {
      const random = stream('synthetic-batch', seed, step);
      const rows = world(step, sequences);
      const tensors: Record<string, Float32Array> = {
        target: rows.target,
        noise: random.normal(contexts * draws * token),
        c: withoutSome(rows, condition, random.uniform(contexts)),
        ...times(random, contexts, step / steps),
      };
      return Object.fromEntries(
        Object.entries(specs).map(([name, { shape }]): [string, HostTensor] => [
          name,
          { shape: shape as number[], data: tensors[name] ?? new Float32Array() },
        ]),
      );
    },
    loss: (weights, batch) => ({ loss: tf.squeeze(loss({ ...weights, c: named(batch, 'c') }, config, batch)) }),
  };
}

/** The conditional states [N, H] with some rows' prompt dropped, by uniform numbers. */
function withoutSome(
  { conditional, unconditional }: WorldRows,
  condition: number,
  uniform: Float32Array,
): Float32Array {
  const states = conditional.slice();
  for (const [row, value] of uniform.entries())
    if (value < DROPPED) states.set(unconditional.subarray(row * condition, (row + 1) * condition), row * condition);
  return states;
}
