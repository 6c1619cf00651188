/**
 * The feature network of images: three 3 × 3 convolutions with mean pooling between them, then a dense layer whose
 * 64 outputs are the features. A convolution is a matrix product over nine shifted copies of the image, so that it
 * needs no kernel of its own. Images are [B, H, W] (grey) or [B, H, W, 3] of 0 to 1, inside [B, H, W, C].
 */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { linear } from '../../heads/network/layers.ts';
import type { ImageDataSet } from '../../teachers/data/image-data-set.ts';

const CHANNELS = [16, 32, 64] as const;
/** Pixels that two halvings make one of, along a side. */
const POOLED = 4;

/** Length of the features of an image. */
export const FEATURE_SIZE = 64;

/** What a network looks at, and the classes that it tells apart: one a prompt. */
export type FeatureData = Pick<ImageDataSet, 'size' | 'channels' | 'prompts'>;

/** A network's functions on tfjs tensors, and its weights' shapes. */
export interface FeatureNetwork {
  /** Shapes of the weights [out, in] by name; a convolution's inputs are its nine neighbours' channels, row by row. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** The features [B, 64] of images, before their rectifier: what Fréchet and kernel distances compare. */
  readonly features: (parameters: NamedTensors, images: tf.Tensor) => tf.Tensor;
  /** The logits [B, classes] of features [B, 64]. */
  readonly logits: (parameters: NamedTensors, penultimate: tf.Tensor) => tf.Tensor;
}

/** The network for images of a data set. Throws DataError where a side is no multiple of 4. */
export function featureNetwork({ size, channels, prompts }: FeatureData): FeatureNetwork {
  const [height, width] = size;
  if (height % POOLED !== 0 || width % POOLED !== 0) {
    throw new DataError(`feature network: expected sides that are multiples of ${POOLED}, got ${height} × ${width}`);
  }
  const flat = (height / POOLED) * (width / POOLED) * CHANNELS[2];
  return {
    shapes: shapesOf(channels, flat, prompts.length),
    features: (parameters, images) => {
      const first = convolution(parameters, 'conv1', tf.reshape(images, [-1, height, width, channels]));
      const second = convolution(parameters, 'conv2', halved(first));
      const third = convolution(parameters, 'conv3', halved(second));
      return linear(parameters, 'features', tf.reshape(third, [-1, flat]));
    },
    logits: (parameters, penultimate) => linear(parameters, 'logits', tf.relu(penultimate)),
  };
}

const shapesOf = (channels: number, flat: number, classes: number): FeatureNetwork['shapes'] => ({
  'conv1.weight': [CHANNELS[0], 9 * channels],
  'conv1.bias': [CHANNELS[0]],
  'conv2.weight': [CHANNELS[1], 9 * CHANNELS[0]],
  'conv2.bias': [CHANNELS[1]],
  'conv3.weight': [CHANNELS[2], 9 * CHANNELS[1]],
  'conv3.bias': [CHANNELS[2]],
  'features.weight': [FEATURE_SIZE, flat],
  'features.bias': [FEATURE_SIZE],
  'logits.weight': [classes, FEATURE_SIZE],
  'logits.bias': [classes],
});

/** 3 × 3 convolution with zeros around the image, then a rectifier; [B, H, W, C] to [B, H, W, C']. */
function convolution(parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor {
  const [, height = 1, width = 1] = x.shape;
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const shifts = [0, 1, 2].flatMap((down) =>
    [0, 1, 2].map((right) => tf.slice(padded, [0, down, right, 0], [-1, height, width, -1])),
  );
  return tf.relu(linear(parameters, name, tf.concat(shifts, 3)));
}

/** Means of 2 × 2 pixels: [B, H, W, C] to [B, H/2, W/2, C]. */
function halved(x: tf.Tensor): tf.Tensor {
  const [, height = 2, width = 2, channels = 1] = x.shape;
  return tf.mean(tf.reshape(x, [-1, height / 2, 2, width / 2, 2, channels]), [2, 4]);
}

/** Fresh weights: normal with variance 2/inputs (He et al., arXiv 1502.01852), biases zero. */
export function initialFeatureNetwork(seed: number, data: FeatureData): Parameters {
  return Object.fromEntries(
    Object.entries(featureNetwork(data).shapes).map(([name, shape]) => {
      const scale = Math.sqrt(2 / (shape[1] ?? Number.POSITIVE_INFINITY));
      const data = stream('feature-network', seed, name)
        .normal(sizeOf(shape))
        .map((value) => scale * value);
      return [name, { shape: [...shape], data }];
    }),
  );
}
