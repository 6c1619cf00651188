import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeaturesRecipe } from '../../../src/distillation/recipe/recipe.ts';
import { unitImages } from '../../../src/evaluation/features/batch.ts';
import { type FeatureCard, readFeatureCard } from '../../../src/evaluation/features/card.ts';
import { loadFeatures } from '../../../src/evaluation/features/features.ts';
import { initialFeatureNetwork } from '../../../src/evaluation/features/network.ts';
import { trainFeatures } from '../../../src/evaluation/features/training.ts';
import { readFeatureWeights, writeFeatureWeights } from '../../../src/evaluation/features/weights.ts';
import { accuracy, classesOf } from '../../../src/evaluation/statistics/accuracy.ts';
import { frechetExpansion } from '../../../src/evaluation/statistics/frechet.ts';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { estimate } from '../../../src/evaluation/statistics/interval.ts';
import { groupedMoments, momentsOf } from '../../../src/evaluation/statistics/moments.ts';
import { DataError, FileError } from '../../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadMnist, mnist } from '../../../src/teachers/data/mnist.ts';
import { leftOpen, nothing } from '../../held.ts';

const SHIPPED = 'teachers/digits-features';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'features-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the shipped feature network', () => {
  it('is the one of its card and classifies at least 99 % of test images', async () => {
    const features = await loadFeatures(SHIPPED);
    const card = await readFeatureCard(SHIPPED);
    const test = loadMnist('test');
    const { features: rows, logits } = await features.extract(unitImages(test.images.subarray(0, 2000 * 784), mnist));
    await features.dispose();
    expect(features.hash).toBe(await sha256File(path.join(SHIPPED, 'weights.safetensors')));
    expect(features.accuracy).toBe(card.accuracy.value);
    expect(card.accuracy.low).toBeGreaterThan(0.99);
    expect(accuracy(classesOf(logits), test.labels.subarray(0, 2000)).value).toBeGreaterThan(0.99);
    // one scale for all features: their variances sum to about their number
    const { covariance } = momentsOf(rows);
    const trace = Array.from({ length: 64 }, (_, i) => covariance[i * 65] ?? 0).reduce((sum, value) => sum + value, 0);
    expect(Math.abs(trace / 64 - 1)).toBeLessThan(0.15);
  });
});

describe('loading a feature network', () => {
  const copied = async (name: string): Promise<string> => {
    const copy = path.join(folder, name);
    await cp(SHIPPED, copy, { recursive: true });
    return copy;
  };

  it('refuses weights that are not those of the card', async () => {
    const copy = await copied('other');
    await writeFeatureWeights(copy, initialFeatureNetwork(1, mnist), 'mnist');
    await expect(loadFeatures(copy)).rejects.toThrow(
      /expected SHA-256 [0-9a-f]{64} \(.*card\.json\), got [0-9a-f]{64}/,
    );
  });

  it('refuses weights of another format, shape or with NaN', async () => {
    const copy = await copied('odd');
    const file = path.join(copy, 'weights.safetensors');
    await writeSafetensors(file, {});
    await expect(loadFeatures(copy)).rejects.toThrow(/expected format fewstep-features-1, got none/);
    const weights = initialFeatureNetwork(1, mnist);
    await writeFeatureWeights(copy, { ...weights, 'conv2.bias': { shape: [3], data: new Float32Array(3) } }, 'mnist');
    await expect(loadFeatures(copy)).rejects.toThrow(/tensor conv2.bias: expected floats \[32\], got \[3\]/);
    await writeFeatureWeights(
      copy,
      {
        ...weights,
        'conv2.bias': { shape: [32], data: new Float32Array(32).fill(Number.NaN) },
      },
      'mnist',
    );
    await expect(loadFeatures(copy)).rejects.toThrow(DataError);
  });

  it('refuses a folder without weights and a card that is not one', async () => {
    await expect(loadFeatures(path.join(folder, 'none'))).rejects.toThrow(FileError);
    const copy = await copied('card');
    await writeFile(path.join(copy, 'card.json'), '{"name": 3}');
    await expect(loadFeatures(copy)).rejects.toThrow(/card\.json: name/);
  });
});

/** Of the trained average, features are divided by one number, their logits made up for it, and nothing else is. */
async function expectScaled(checkpoint: string, output: string): Promise<void> {
  const [trained, written] = [await readSafetensors(checkpoint), (await readFeatureWeights(output)).parameters];
  const ratio = (name: string): number => {
    const [before, after] = [trained[`average/${name}`]?.data ?? [], written[name]?.data ?? []];
    const largest = [...before].reduce(
      (most, value, i) => (Math.abs(value) > Math.abs(before[most] ?? 0) ? i : most),
      0,
    );
    return (after[largest] ?? Number.NaN) / (before[largest] ?? Number.NaN);
  };
  const scale = ratio('features.weight');
  expect(Math.abs(Math.log(scale))).toBeGreaterThan(0.1);
  const factors: Readonly<Record<string, number>> = {
    ...{ 'features.weight': scale, 'features.bias': scale, 'logits.weight': 1 / scale },
  };
  for (const name of Object.keys(written)) expect(ratio(name) / (factors[name] ?? 1), name).toBeCloseTo(1, 2);
}

/** The card's floor is between the first and the next thousand test images in the order of its seed. */
async function expectFloor(card: FeatureCard, seed: number): Promise<void> {
  const network = await loadFeatures(path.join(folder, 'trained'));
  const images = loadMnist('test').images;
  const order = stream('floor', seed).permutation(images.length / 784);
  const half = async (from: number) => {
    const bytes = new Uint8Array(1000 * 784);
    for (let i = 0; i < 1000; i++) {
      const row = order[from + i] ?? Number.NaN;
      bytes.set(images.subarray(row * 784, (row + 1) * 784), i * 784);
    }
    const { features } = await network.extract(unitImages(bytes, mnist));
    return groupedMoments(features, groupRows(1000, { seed }));
  };
  const floor = estimate(frechetExpansion(await half(0), await half(1000)));
  await network.dispose();
  for (const end of ['value', 'low', 'high'] as const)
    expect((card.realReal[1000]?.[end] ?? Number.NaN) / floor[end]).toBeCloseTo(1, 4);
}

describe('training a feature network', () => {
  it('goes on where it was stopped, and writes weights and a card that fit', async () => {
    const recipe: FeaturesRecipe = {
      kind: 'features',
      name: 'small',
      seed: 3,
      engine: { kind: 'onnx', provider: 'cpu', threads: 1, workers: 1 },
      data: { kind: 'mnist' },
      training: {
        steps: 40,
        batch: 32,
        learningRate: 2e-3,
        warmup: 2,
        schedule: 'constant',
        ema: 0.9,
        clip: 1,
        weightDecay: 0,
        beta1: 0.9,
        beta2: 0.99,
        checkpointEvery: 10,
      },
      output: path.join(folder, 'trained'),
    };
    const options = { folder: path.join(folder, 'run'), command: 'fewstep features train small.yaml' };
    const stop = new AbortController();
    const stopped = trainFeatures(recipe, {
      ...options,
      signal: stop.signal,
      progress: (step) => step >= 20 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    const seen: number[] = [];
    let card: FeatureCard | undefined;
    const open = await leftOpen(async () => {
      card = await trainFeatures(recipe, { ...options, progress: (step) => seen.push(step) });
    });
    if (card === undefined) throw new Error('no card');
    expect(open).toEqual(nothing);
    expect(seen).toEqual([20, 40]);
    expect(card.accuracy.value).toBeGreaterThan(0.6);
    expect(Object.keys(card.realReal)).toEqual(['1000', '5000']);
    expect(await readFeatureCard(recipe.output)).toEqual(card);
    const parameters = Object.values(initialFeatureNetwork(1, mnist)).reduce((sum, { data }) => sum + data.length, 0);
    expect(card).toMatchObject({ name: 'small', data: 'mnist', seed: 3, steps: 40, batch: 32, parameters });
    await expectScaled(path.join(options.folder, 'checkpoint.safetensors'), recipe.output);
    await expectFloor(card, recipe.seed);
    const text = await readFile(path.join(recipe.output, 'card.md'), 'utf8');
    expect(text).toContain(card.hash);
    expect(text).toContain('fewstep features train small.yaml');
    const features = await loadFeatures(recipe.output);
    expect(features.name).toBe('small');
    const { covariance } = momentsOf(
      (await features.extract(unitImages(loadMnist('train').images.subarray(0, 10_000 * 784), mnist))).features,
    );
    const trace = Array.from({ length: 64 }, (_, i) => covariance[i * 65] ?? 0).reduce((sum, value) => sum + value, 0);
    expect(trace / 64).toBeCloseTo(1, 2); // up to the rounding of weights to half precision
    await features.dispose();
  }, 180_000);
});
