import * as tf from '@tensorflow/tfjs';
import type { FeaturesRecipe } from '../../distillation/recipe/recipe.ts';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { trainLogged } from '../../engine/training/logged-training.ts';
import type { TrainingLog, TrainingTask } from '../../engine/training/task.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { imageLength, imagesShape, type LabelledImages } from '../../teachers/data/image-data-set.ts';
import { imageDataSet } from '../../teachers/data/table.ts';
import { accuracy, classesOf } from '../statistics/accuracy.ts';
import { frechetExpansion } from '../statistics/frechet.ts';
import { groupRows } from '../statistics/grouping.ts';
import { estimate } from '../statistics/interval.ts';
import { groupedMoments, momentsOf } from '../statistics/moments.ts';
import { pickRows, type Rows } from '../statistics/rows.ts';
import { featureBatches, unitImages } from './batch.ts';
import { type FeatureCard, machine, writeFeatureCard } from './card.ts';
import { type Extracted, featureExtractor } from './extractor.ts';
import {
  FEATURE_SIZE,
  type FeatureData,
  type FeatureNetwork,
  featureNetwork,
  initialFeatureNetwork,
} from './network.ts';
import { readFeatureWeights, writeFeatureWeights } from './weights.ts';

/** How the training of a feature network is watched and stopped. */
export interface FeatureTrainingOptions {
  /** The run's folder: checkpoint.safetensors and metrics.jsonl. */
  readonly folder: string;
  /** The command that started it, for the card. */
  readonly command: string;
  /** Called at the start (with the step it resumes at) and every few steps. */
  readonly progress?: (step: number, steps: number, line?: TrainingLog) => void;
  readonly signal?: AbortSignal;
}

const LOG_EVERY = 20;
const SCALED_BY = 10_000;
const FLOOR_SIZES = [1000, 5000];

/**
 * Trains the feature network, measures it on the test images and writes weights and card into the recipe's output
 * folder. The same call again resumes at the last checkpoint.
 */
export async function trainFeatures(recipe: FeaturesRecipe, options: FeatureTrainingOptions): Promise<FeatureCard> {
  const { training, seed, output, engine } = recipe;
  const data = imageDataSet(recipe.data.kind);
  const images = data.load('train');
  const trained = await trainLogged(featureTask(images, data, training.batch, seed), {
    ...training,
    engine,
    folder: options.folder,
    logEvery: LOG_EVERY,
    progress: (step, line) => options.progress?.(step, training.steps, line),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await writeFeatureWeights(output, await scaled(trained.average, images, recipe), recipe.data.kind);
  const { parameters, hash } = await readFeatureWeights(output);
  const card: FeatureCard = {
    name: recipe.name,
    command: options.command,
    data: recipe.data.kind,
    seed,
    steps: training.steps,
    batch: training.batch,
    parameters: Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    trainingSeconds: Math.round(trained.log.at(-1)?.secondsElapsed ?? 0),
    ...machine(),
    hash,
    ...(await measured(parameters, recipe)),
  };
  await writeFeatureCard(output, card);
  return card;
}

/** Classification of shifted images: the mean cross entropy, and the share of the batch that is right. */
export function featureTask(images: LabelledImages, data: FeatureData, batch: number, seed: number): TrainingTask {
  const network = featureNetwork(data);
  return {
    parameters: initialFeatureNetwork(seed, data),
    batchSpecs: {
      images: { shape: imagesShape(batch, data) },
      classes: { shape: [batch, data.prompts.length] },
    },
    batch: featureBatches(images, data, batch, seed),
    loss: (parameters, batch) => crossEntropy(network, parameters, batch),
  };
}

function crossEntropy(network: FeatureNetwork, parameters: NamedTensors, batch: NamedTensors) {
  const classes = named(batch, 'classes');
  const logits = network.logits(parameters, network.features(parameters, named(batch, 'images')));
  const right = tf.equal(tf.argMax(logits, 1), tf.argMax(classes, 1));
  return {
    loss: tf.neg(tf.mean(tf.sum(tf.mul(classes, tf.logSoftmax(logits)), 1))),
    accuracy: tf.mean(tf.cast(right, 'float32')),
  };
}

/** The same classes with features divided by one number, so that their variances sum to their number. */
async function scaled(parameters: Parameters, { images }: LabelledImages, recipe: FeaturesRecipe): Promise<Parameters> {
  const bytes = images.subarray(0, SCALED_BY * imageLength(imageDataSet(recipe.data.kind)));
  const { features } = await extracted(parameters, bytes, recipe);
  const { covariance } = momentsOf(features);
  let trace = 0;
  for (let i = 0; i < FEATURE_SIZE; i++) trace += covariance[i * (FEATURE_SIZE + 1)] ?? 0;
  const scale = Math.sqrt(trace / FEATURE_SIZE);
  const factors: Readonly<Record<string, number>> = {
    'features.weight': 1 / scale,
    'features.bias': 1 / scale,
    'logits.weight': scale,
  };
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => {
      const factor = factors[name] ?? 1;
      return [name, { shape, data: data.map((value) => factor * value) }];
    }),
  );
}

async function extracted(
  parameters: Parameters,
  bytes: Uint8Array,
  recipe: FeaturesRecipe,
): Promise<Required<Extracted>> {
  const data = imageDataSet(recipe.data.kind);
  const extractor = await featureExtractor(parameters, data, recipe.engine);
  try {
    return await extractor.extract(unitImages(bytes, data));
  } finally {
    await extractor.dispose();
  }
}

/** What the card says of the network on test images, none of which it has seen. */
async function measured(
  parameters: Parameters,
  recipe: FeaturesRecipe,
): Promise<Pick<FeatureCard, 'accuracy' | 'realReal'>> {
  const test = imageDataSet(recipe.data.kind).load('test');
  const floors = FLOOR_SIZES.filter((count) => 2 * count <= test.count);
  const { features, logits } = await extracted(parameters, test.images, recipe);
  return {
    accuracy: accuracy(classesOf(logits), test.labels),
    realReal: Object.fromEntries(floors.map((count) => [count, floor(features, count, recipe.seed)])),
  };
}

/** The Fréchet distance between the first and the next `count` rows in a random order. */
function floor(features: Rows, count: number, seed: number): Estimate {
  const [total = 0] = features.shape;
  const order = stream('floor', seed).permutation(total);
  const half = (from: number) => {
    const rows = pickRows(features, order.subarray(from, from + count));
    return groupedMoments(rows, groupRows(count, { seed }));
  };
  return estimate(frechetExpansion(half(0), half(count)));
}
