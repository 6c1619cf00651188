import type * as tf from '@tensorflow/tfjs';

/** Makes the tensors of fewstep's declarations those of tfjs; needs `skipLibCheck`. */
declare module './tensors.js' {
  interface Tfjs {
    readonly tensor: tf.Tensor;
  }
}
