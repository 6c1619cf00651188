/** A learned weight of losses over two times, as the uncertainty of EDM2 (arXiv 2312.02696) and pocket-tts have it. */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { initialParameters, zeros } from '../../heads/network/initial.ts';
import { linear, silu } from '../../heads/network/layers.ts';

const WIDTH = 32;
const LAYERS = ['weight.0', 'weight.1', 'weight.2'] as const;

/** The weights of a small MLP 2 → 32×3 → 1 whose output starts at zero. */
export function weightParameters(seed: number): Parameters {
  const shapes = Object.fromEntries(
    LAYERS.flatMap((name, layer): [string, number[]][] => [
      [`${name}.weight`, [WIDTH, layer === 0 ? 2 : WIDTH]],
      [`${name}.bias`, [WIDTH]],
    ]),
  );
  return {
    ...initialParameters(shapes, seed),
    'weight.out.weight': zeros([1, WIDTH]),
    'weight.out.bias': zeros([1]),
  };
}

/** The log weight at times s and t [B]; [B]. */
function logWeight(parameters: NamedTensors, s: tf.Tensor, t: tf.Tensor): tf.Tensor {
  let hidden: tf.Tensor = tf.stack([s, t], 1);
  for (const name of LAYERS) hidden = silu(linear(parameters, name, hidden));
  return tf.reshape(linear(parameters, 'weight.out', hidden), [-1]);
}

/** The mean of e^w·loss − w over contexts: losses [B] at times s and t [B]. Where w = −log loss it is least. */
export function learnedWeight(parameters: NamedTensors, losses: tf.Tensor, s: tf.Tensor, t: tf.Tensor): tf.Tensor {
  const weight = logWeight(parameters, s, t);
  return tf.mean(tf.sub(tf.mul(tf.exp(weight), losses), weight));
}
