import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { sideBySide, type TokenHead } from '../backbone/draw.ts';
import { type ImageDataSet, imageLength, imagesShape } from '../data/image-data-set.ts';
import type { TokenNormalization } from '../data/token-normalization.ts';
import type { Blank, GeneratedImages, ImageModel, ImageRequest } from '../teacher.ts';
import type { ImageBackbone } from './backbone.ts';

const BRIGHTEST = 255;

/** Images that are drawn at once: weights are read once for all of them, while their keys and values are still near. */
const AT_ONCE = 4 * sideBySide;

/** Whole images through the backbone and any head, and real ones beside them. */
export const wholeImages = (backbone: ImageBackbone, data: ImageDataSet): ImageModel => ({
  tokens: backbone.tokens,
  prompts: data.prompts,
  inverted: data.inverted,
  generate: (request, head) => generate(backbone, data, request, head),
  blank: blankToken(data, backbone.normalization),
  real: (count, part) => realImages(data, count, part),
  trained: (count) => trainedImages(data, count),
});

async function generate(
  backbone: ImageBackbone,
  data: ImageDataSet,
  { labels, noise }: ImageRequest,
  head: TokenHead,
): Promise<GeneratedImages> {
  const started = performance.now();
  const size = noise.data.length / labels.length;
  const pixels = imageLength(data);
  const images = new Float32Array(labels.length * pixels);
  let headMilliseconds = 0;
  const timed =
    (first: number): TokenHead =>
    async (request) => {
      const before = performance.now();
      const token = await head({ ...request, first });
      headMilliseconds += performance.now() - before;
      return token;
    };
  for (let from = 0; from < labels.length; from += AT_ONCE) {
    const to = Math.min(labels.length, from + AT_ONCE);
    const sampled = await backbone.draw(
      labels.subarray(from, to),
      noise.data.subarray(from * size, to * size),
      timed(from),
    );
    images.set(toUnit(backbone.decode(sampled.tokens.data)), from * pixels);
  }
  const seconds = (performance.now() - started) / 1000;
  return { images: asImages(images, data), headSeconds: headMilliseconds / 1000, seconds };
}

/**
 * Real images, label i that of prompt i mod their number. Parts are disjoint; they are taken from the test split in its order and,
 * where a prompt runs out of test images, from the training split.
 */
function realImages(data: ImageDataSet, count: number, part: number): ReturnType<ImageModel['real']> {
  const pools = poolsByPrompt(data, ['test', 'train']);
  const [pixels, classes] = [imageLength(data), data.prompts.length];
  const perPrompt = Math.ceil(count / classes);
  const images = new Float32Array(count * pixels);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % classes;
    const found = pools[label]?.[part * perPrompt + Math.floor(i / classes)];
    if (found === undefined)
      throw new DataError(`real images: part ${part} of ${count} images is more than ${data.title} has`);
    images.set(toUnit(found), i * pixels);
    labels[i] = label;
  }
  return { images: asImages(images, data), labels };
}

/** Images of the training split, prompt after prompt, from the end of each prompt's: real ones are taken from the start. */
function trainedImages(data: ImageDataSet, count: number): HostTensor<Float32Array> {
  const pools = poolsByPrompt(data, ['train']);
  const pixels = imageLength(data);
  const images = new Float32Array(count * pixels);
  for (let i = 0; i < count; i++) {
    const found = pools[i % pools.length]?.at(-1 - Math.floor(i / pools.length));
    if (found === undefined) throw new DataError(`trained images: ${count} are more than ${data.title} has`);
    images.set(toUnit(found), i * pixels);
  }
  return asImages(images, data);
}

/** The splits, by the numbers that their orders are keyed with. */
const orders = { test: 0, train: 1 } as const;

/** The images of each prompt, those of each split in a random order of its own: the files' own order is by writers. */
function poolsByPrompt(data: ImageDataSet, splits: readonly (keyof typeof orders)[]): Uint8Array[][] {
  const pixels = imageLength(data);
  const pools: Uint8Array[][] = data.prompts.map(() => []);
  for (const split of splits) {
    const { images, labels } = data.load(split);
    for (const i of stream('real-images', orders[split]).permutation(labels.length))
      pools[labels[i] ?? 0]?.push(images.subarray(i * pixels, (i + 1) * pixels));
  }
  return pools;
}

/** A blank patch: every value within this many levels of an empty place. */
const BLANK_LEVELS = 16;
const LEVELS = 256;

/** An empty place as a token sees it. */
const blankToken = ({ blank, channels }: ImageDataSet, { mean, std }: TokenNormalization): Blank => ({
  value: mean.map((centre, i) => (((blank[i % channels] ?? 0) + 0.5) / LEVELS - centre) / (std[i] ?? 1)),
  tolerance: std.map((spread) => BLANK_LEVELS / LEVELS / spread),
});

function toUnit(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[i] ?? 0) / BRIGHTEST;
  return out;
}

const asImages = (values: Float32Array, data: ImageDataSet): HostTensor<Float32Array> => ({
  shape: imagesShape(values.length / imageLength(data), data),
  data: values,
});
