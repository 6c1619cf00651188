import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { TokenHead } from '../backbone/sampler.ts';
import { IMAGE_SIZE, type LabelledImages, loadMnist } from '../data/mnist.ts';
import { digitNames } from '../data/prompt.ts';
import type { TokenNormalization } from '../data/token-normalization.ts';
import type { Blank, GeneratedImages, ImageModel, ImageRequest } from '../teacher.ts';
import type { DigitsBackbone } from './backbone.ts';

/** Images that are drawn side by side: more would push keys and values out of the processor's cache. */
const BATCH = 50;
const PIXELS = IMAGE_SIZE ** 2;
const INK = 255;

/** Whole images through the backbone and any head, and real ones beside them. */
export const digitsImages = (backbone: DigitsBackbone): ImageModel => ({
  tokens: backbone.tokens,
  prompts: digitNames,
  generate: (request, head) => generate(backbone, request, head),
  blank: blankToken(backbone.normalization),
  real: (count, part) => realImages(count, part),
});

async function generate(
  backbone: DigitsBackbone,
  { labels, noise }: ImageRequest,
  head: TokenHead,
): Promise<GeneratedImages> {
  const started = performance.now();
  const size = noise.data.length / labels.length;
  const images = new Float32Array(labels.length * PIXELS);
  let headMilliseconds = 0;
  const timed: TokenHead = async (request) => {
    const before = performance.now();
    const token = await head(request);
    headMilliseconds += performance.now() - before;
    return token;
  };
  for (let from = 0; from < labels.length; from += BATCH) {
    const to = Math.min(labels.length, from + BATCH);
    const sampled = await backbone.sample(
      labels.subarray(from, to),
      noise.data.subarray(from * size, to * size),
      timed,
    );
    images.set(toUnit(backbone.decode(sampled.tokens.data)), from * PIXELS);
  }
  const seconds = (performance.now() - started) / 1000;
  return { images: asImages(images), headSeconds: headMilliseconds / 1000, seconds };
}

/**
 * Real images, label i the digit i mod 10. Parts are disjoint; they are taken from the test split in its order and,
 * where a digit runs out of test images (from 8,920 on), from the training split.
 */
function realImages(count: number, part: number): ReturnType<ImageModel['real']> {
  const pools = poolsByDigit([loadMnist('test'), loadMnist('train')]);
  const perDigit = Math.ceil(count / digitNames.length);
  const images = new Float32Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const digit = i % digitNames.length;
    const found = pools[digit]?.[part * perDigit + Math.floor(i / digitNames.length)];
    if (found === undefined) throw new DataError(`real images: part ${part} of ${count} images is more than MNIST has`);
    images.set(toUnit(found), i * PIXELS);
    labels[i] = digit;
  }
  return { images: asImages(images), labels };
}

/** The images of each digit, those of each split in a random order: the files' own order is by writers. */
function poolsByDigit(sources: readonly LabelledImages[]): Uint8Array[][] {
  const pools: Uint8Array[][] = digitNames.map(() => []);
  for (const [split, { images, labels }] of sources.entries()) {
    for (const i of stream('real-images', split).permutation(labels.length))
      pools[labels[i] ?? 0]?.push(images.subarray(i * PIXELS, (i + 1) * PIXELS));
  }
  return pools;
}

/** A blank patch: every pixel within this many grey levels of paper. */
const BLANK_LEVELS = 16;
const LEVELS = 256;

/** Paper as a token sees it. */
const blankToken = ({ mean, std }: TokenNormalization): Blank => ({
  value: mean.map((centre, channel) => (0.5 / LEVELS - centre) / (std[channel] ?? 1)),
  tolerance: std.map((spread) => BLANK_LEVELS / LEVELS / spread),
});

const toUnit = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (value) => value / INK);

const asImages = (data: Float32Array): HostTensor<Float32Array> => ({
  shape: [data.length / PIXELS, IMAGE_SIZE, IMAGE_SIZE],
  data,
});
