import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import type { Network } from '../../../src/heads/loss/loss-inputs.ts';
import { applyHead, modulate } from '../../../src/heads/network/skeleton.ts';

/** A head of the shared skeleton with unscaled times, whatever its output is wide. */
export const skeletonNetwork =
  (parameters: NamedTensors, c: tf.Tensor, depth: number): Network =>
  (x, t) => {
    const width = parameters['input_proj.weight']?.shape[0] ?? 0;
    const config = { token: x.shape[2] ?? 0, condition: c.shape[1] ?? 0, width, depth, timeScale: 1 };
    return applyHead(parameters, x, modulate(parameters, config, t, c));
  };
