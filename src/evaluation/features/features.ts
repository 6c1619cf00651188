import path from 'node:path';
import { cpuEngine, type Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { imageDataSet } from '../../teachers/data/table.ts';
import { readFeatureCard } from './card.ts';
import { type Classifier, featureExtractor } from './extractor.ts';
import { featureWeightsPath, readFeatureWeights } from './weights.ts';

/** A trained feature network, ready to run. */
export interface Features extends Classifier {
  readonly name: string;
  /** SHA-256 of the weights. */
  readonly hash: string;
  /** Accuracy on test images, 0–1, as its card says. */
  readonly accuracy: number;
}

/** Reads weights and card of a folder. Throws FileError or DataError where they are not one network's. */
export async function readFeatures(folder: string) {
  const { parameters, data, hash } = await readFeatureWeights(folder);
  const card = await readFeatureCard(folder);
  if (card.hash !== hash) {
    const file = featureWeightsPath(folder);
    throw new DataError(`${file}: expected SHA-256 ${card.hash} (${path.join(folder, 'card.json')}), got ${hash}`);
  }
  return { parameters, data, hash, card };
}

/** Loads the network in a folder. Throws as `readFeatures` does. */
export async function loadFeatures(folder: string, engine: Engine = cpuEngine()): Promise<Features> {
  const { parameters, data, hash, card } = await readFeatures(folder);
  const extractor = await featureExtractor(parameters, imageDataSet(data), engine);
  return { ...extractor, name: card.name, hash, accuracy: card.accuracy.value };
}
