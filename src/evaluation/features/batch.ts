import type { HostTensor } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { stream } from '../../ground/random/philox.ts';
import { IMAGE_SIZE, type LabelledImages } from '../../teachers/data/mnist.ts';
import { CLASSES } from './network.ts';

/** Furthest shift of an image in pixels, either way. */
const SHIFT = 2;
const PIXELS = IMAGE_SIZE * IMAGE_SIZE;

/** Images of bytes as numbers from 0 to 1: [N, 28, 28]. */
export function unitImages(bytes: Uint8Array): HostTensor<Float32Array> {
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) data[i] = (bytes[i] as number) / 255;
  return { shape: [bytes.length / PIXELS, IMAGE_SIZE, IMAGE_SIZE], data };
}

/**
 * The batch of a step: images [B, 28, 28], each shifted by at most two pixels, and classes, one-hot [B, 10]. Every epoch
 * has an order of its own; a batch depends on seed and step alone.
 */
export function featureBatches({ count, images, labels }: LabelledImages, batch: number, seed: number) {
  const rowAt = shuffledEpochs(count, 'feature-order', seed);
  return (step: number): { readonly images: HostTensor; readonly classes: HostTensor } => {
    const bytes = new Uint8Array(batch * PIXELS);
    const classes = new Float32Array(batch * CLASSES);
    const shifts = stream('feature-shift', seed, step).integers(2 * batch, 2 * SHIFT + 1);
    for (let i = 0; i < batch; i++) {
      const row = rowAt(step * batch + i);
      const source = images.subarray(row * PIXELS, (row + 1) * PIXELS);
      const [down, right] = [(shifts[2 * i] ?? 0) - SHIFT, (shifts[2 * i + 1] ?? 0) - SHIFT];
      shiftInto(bytes.subarray(i * PIXELS, (i + 1) * PIXELS), source, down, right);
      classes[i * CLASSES + (labels[row] ?? 0)] = 1;
    }
    return { images: unitImages(bytes), classes: { shape: [batch, CLASSES], data: classes } };
  };
}

function shiftInto(out: Uint8Array, image: Uint8Array, down: number, right: number): void {
  for (let y = Math.max(0, down); y < IMAGE_SIZE + Math.min(0, down); y++) {
    for (let x = Math.max(0, right); x < IMAGE_SIZE + Math.min(0, right); x++) {
      out[y * IMAGE_SIZE + x] = image[(y - down) * IMAGE_SIZE + x - right] ?? 0;
    }
  }
}
