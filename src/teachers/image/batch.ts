import type { HostTensor } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { type Stream, stream } from '../../ground/random/philox.ts';
import type { LabelledImages } from '../data/image-data-set.ts';
import { toPatches } from '../data/patches.ts';
import { promptCode } from '../data/prompt.ts';
import { imageDataSet } from '../data/table.ts';
import { measureNormalization, normalizeTokens, type TokenNormalization } from '../data/token-normalization.ts';
import { imageBatchSpecs } from './loss.ts';
import type { ImageConfig } from './model.ts';

/** What batches are drawn from: tokens of bytes [N, T, D] in memory, and how they are drawn. */
export interface ImageSource {
  readonly config: ImageConfig;
  readonly tokens: Uint8Array;
  readonly labels: Uint8Array;
  readonly normalization: TokenNormalization;
}

/** Knobs of the batches. */
export interface ImageBatchOptions {
  readonly seed: number;
  /** Images a step. */
  readonly batch: number;
  /** Noise draws a token. */
  readonly draws: number;
  /** Share of images whose prompt is dropped. */
  readonly promptDropout: number;
}

/** Share of times that are uniform on (0, 1); the others are sigmoid(N(0, 1)), which all but leaves out the ends. */
const UNIFORM_SHARE = 0.2;

/** Cuts images into tokens and measures their normalisation. */
export function imageSource(config: ImageConfig, { images, labels }: LabelledImages): ImageSource {
  const tokens = toPatches(images, { ...imageDataSet(config.data), patch: config.patch });
  return { config, tokens, labels, normalization: measureNormalization(tokens, config.backbone.token) };
}

/** The batches by step: every epoch has its own order, every step its own noise, whatever was drawn before. */
export function imageBatches(source: ImageSource, options: ImageBatchOptions) {
  const { seed, batch, draws, promptDropout } = options;
  const code = promptCode(imageDataSet(source.config.data));
  const specs = imageBatchSpecs(source.config, batch, draws);
  const rowAt = shuffledEpochs(source.labels.length, 'digits-teacher', seed, 'epoch');
  return (step: number): Readonly<Record<string, HostTensor>> => {
    const numbers = stream('digits-teacher', seed, 'step', step);
    const rows = Int32Array.from({ length: batch }, (_, i) => rowAt(step * batch + i));
    const dropped = numbers.uniform(batch).map((value) => (value < promptDropout ? 1 : 0));
    const values: Record<string, Float32Array> = {
      letters: code.oneHot(
        Array.from(rows, (row, i) => (dropped[i] === 1 ? code.nothing : code.of(source.labels[row] ?? 0))),
      ),
      letterWeights: repeat(dropped, source.config.backbone.promptLength - 1).map((value) => 1 - value),
      tokens: tokensOf(source, rows, numbers),
      noise: numbers.normal(batch * source.config.backbone.imageLength * draws * source.config.backbone.token),
      t: times(batch * source.config.backbone.imageLength, numbers),
    };
    return Object.fromEntries(
      Object.entries(values).map(([name, data]) => [name, { shape: specs[name]?.shape as number[], data }]),
    );
  };
}

function tokensOf({ config, tokens, normalization }: ImageSource, rows: Int32Array, numbers: Stream): Float32Array {
  const size = config.backbone.imageLength * config.backbone.token;
  const bytes = new Uint8Array(rows.length * size);
  for (const [i, row] of rows.entries()) bytes.set(tokens.subarray(row * size, (row + 1) * size), i * size);
  return normalizeTokens(bytes, numbers.uniform(bytes.length), normalization);
}

function times(count: number, numbers: Stream): Float32Array {
  const choice = numbers.uniform(count);
  const normal = numbers.normal(count);
  return choice.map((value, i) =>
    value < UNIFORM_SHARE ? value / UNIFORM_SHARE : 1 / (1 + Math.exp(-(normal[i] ?? 0))),
  );
}

const repeat = (values: Float32Array, times: number): Float32Array =>
  Float32Array.from({ length: values.length * times }, (_, i) => values[Math.floor(i / times)] ?? 0);
