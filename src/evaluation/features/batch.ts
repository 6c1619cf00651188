import type { HostTensor } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { stream } from '../../ground/random/philox.ts';
import { type ImageFormat, imageLength, imagesShape, type LabelledImages } from '../../teachers/data/image-data-set.ts';
import type { FeatureData } from './network.ts';

/** Furthest shift of an image in pixels, either way. */
const SHIFT = 2;

/** Images of bytes as numbers from 0 to 1: [N, height, width], of colours with a last axis. */
export function unitImages(bytes: Uint8Array, format: ImageFormat): HostTensor<Float32Array> {
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) data[i] = (bytes[i] as number) / 255;
  return { shape: imagesShape(bytes.length / imageLength(format), format), data };
}

/**
 * The batch of a step: images, each shifted by at most two pixels, and classes, one-hot. Every epoch
 * has an order of its own; a batch depends on seed and step alone.
 */
export function featureBatches(
  { count, images, labels }: LabelledImages,
  data: FeatureData,
  batch: number,
  seed: number,
) {
  const [pixels, classCount] = [imageLength(data), data.prompts.length];
  const rowAt = shuffledEpochs(count, 'feature-order', seed);
  return (step: number): { readonly images: HostTensor; readonly classes: HostTensor } => {
    const bytes = new Uint8Array(batch * pixels);
    const classes = new Float32Array(batch * classCount);
    const shifts = stream('feature-shift', seed, step).integers(2 * batch, 2 * SHIFT + 1);
    for (let i = 0; i < batch; i++) {
      const row = rowAt(step * batch + i);
      const source = images.subarray(row * pixels, (row + 1) * pixels);
      const [down, right] = [(shifts[2 * i] ?? 0) - SHIFT, (shifts[2 * i + 1] ?? 0) - SHIFT];
      shiftInto(bytes.subarray(i * pixels, (i + 1) * pixels), source, data, { down, right });
      classes[i * classCount + (labels[row] ?? 0)] = 1;
    }
    return { images: unitImages(bytes, data), classes: { shape: [batch, classCount], data: classes } };
  };
}

function shiftInto(
  out: Uint8Array,
  image: Uint8Array,
  { size: [height, width], channels }: ImageFormat,
  { down, right }: { readonly down: number; readonly right: number },
): void {
  const row = width * channels;
  const shift = right * channels;
  for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
    for (let x = Math.max(0, shift); x < row + Math.min(0, shift); x++) {
      out[y * row + x] = image[(y - down) * row + x - shift] ?? 0;
    }
  }
}
